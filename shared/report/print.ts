/** Numbers as reports print them: as many decimals as are meant, none that say nothing. */

/** `1.2500` with 4 decimals is `1.25`; −0 is `0`; empty for what is not known. */
export function decimals(value: number | undefined, places: number): string {
  if (value === undefined || !Number.isFinite(value)) return '';
  const text = value.toFixed(places);
  const trimmed = text.includes('.') ? text.replace(/\.?0+$/, '') : text;
  return trimmed === '-0' ? '0' : trimmed;
}
