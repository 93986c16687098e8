/** The eight bytes every HDF5 file has at 0, or at 512, 1024, 2048 … behind a user block (HDF5 File Format, II.A). */
const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

export function isHdf5(head: Uint8Array): boolean {
  for (let at = 0; at + SIGNATURE.length <= head.length; at = at === 0 ? 512 : at * 2)
    if (SIGNATURE.every((byte, i) => head[at + i] === byte)) return true;
  return false;
}
