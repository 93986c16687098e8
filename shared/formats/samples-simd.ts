/**
 * Four samples at a time: exchanging the bytes of 32-bit words, IBM floats and int32 to float32, as WebAssembly SIMD.
 * Twice as fast as the best JavaScript loop; where a host refuses WebAssembly, `simd` is undefined and the loops serve.
 */

/** Samples that fit the kernel's memory, one page of 64 KiB. */
export const SIMD_SAMPLES = 16384;

export interface Simd {
  /** The kernel's memory: words in, float32 out, both from byte 0 on. */
  readonly bytes: Uint8Array;
  readonly floats: Float32Array;
  /** In place, each on the first `length` bytes rounded up to 16: reverses the bytes of each word. */
  swap(length: number): void;
  /** Little-endian IBM floats to float32; beyond its range ±its largest value. */
  ibm(length: number): void;
  /** Little-endian int32 to float32. */
  convert(length: number): void;
}

/*
 * The module below is this text, assembled. An IBM fraction f (24 bits) and exponent e mean f · 2^(4e - 280). That power exceeds
 * what one float32 holds, so it is applied as two factors: with q = max(4e - 26, 2), which is the power plus 254, their exponent fields are
 * q / 2 rounded down and the rest. Each product but the last is exact, so results are rounded once.
 *
 * (module
 *   (memory (export "memory") 1)
 *   (func (export "swap") (param $length i32) (local $at i32)
 *     (loop $next
 *       (v128.store (local.get $at)
 *         (i8x16.shuffle 3 2 1 0 7 6 5 4 11 10 9 8 15 14 13 12 (v128.load (local.get $at)) (v128.load (local.get $at))))
 *       (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 16))) (local.get $length)))))
 *   (func (export "ibm") (param $length i32) (local $at i32) (local $word v128) (local $q v128) (local $field v128)
 *     ;; locals 5–11 hold the constants, so that they stay in registers
 *     (loop $next
 *       (local.set $word (v128.load (local.get $at)))
 *       (local.set $q (i32x4.max_s
 *         (i32x4.sub (v128.and (i32x4.shr_u (local.get $word) (i32.const 22)) (splat 0x1fc)) (splat 26))
 *         (splat 2)))
 *       (local.set $field (v128.and (i32x4.shl (local.get $q) (i32.const 22)) (splat 0xff800000)))
 *       (v128.store (local.get $at)
 *         (v128.or
 *           (f32x4.pmin
 *             (f32x4.mul
 *               (f32x4.mul (f32x4.convert_i32x4_s (v128.and (local.get $word) (splat 0xffffff))) (local.get $field))
 *               (i32x4.sub (i32x4.shl (local.get $q) (i32.const 23)) (local.get $field)))
 *             (splat 0x7f7fffff))
 *           (v128.and (local.get $word) (splat 0x80000000))))
 *       (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 16))) (local.get $length)))))
 *   (func (export "convert") (param $length i32) (local $at i32)
 *     (loop $next
 *       (v128.store (local.get $at) (f32x4.convert_i32x4_s (v128.load (local.get $at))))
 *       (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 16))) (local.get $length))))))
 */
const MODULE =
  'AGFzbQEAAAABBQFgAX8AAwQDAAAABQMBAAEHIQQGbWVtb3J5AgAEc3dhcAAAA2libQABB2NvbnZlcnQAAgqEAgM3AQF/A0AgASAB/QAEACAB' +
  '/QAEAP0NAwIBAAcGBQQLCgkIDw4NDP0LBAAgAUEQaiIBIABJDQALC6YBAgF/CntB/AP9ESEFQRr9ESEGQQL9ESEHQYCAgHz9ESEIQf///wf9' +
  'ESEJQf////sH/REhCkGAgICAeP0RIQsDQCABIAH9AAQAIgJBFv2tASAF/U4gBv2xASAH/bgBIQMgAiAJ/U79+gEgA0EW/asBIAj9TiIE/eYB' +
  'IANBF/2rASAE/bEB/eYBIAr96gEgAiAL/U79UP0LBAAgAUEQaiIBIABJDQALCyIBAX8DQCABIAH9AAQA/foB/QsEACABQRBqIgEgAEkNAAsL';

let loaded: Simd | undefined | null = null;

/** The kernels, compiled at first use. */
export function simd(): Simd | undefined {
  if (loaded === null) loaded = load();
  return loaded;
}

function load(): Simd | undefined {
  try {
    const module = new WebAssembly.Module(Uint8Array.from(atob(MODULE), (character) => character.charCodeAt(0)));
    const { memory, swap, ibm, convert } = new WebAssembly.Instance(module).exports as unknown as Simd & {
      readonly memory: WebAssembly.Memory;
    };
    return { bytes: new Uint8Array(memory.buffer), floats: new Float32Array(memory.buffer), swap, ibm, convert };
  } catch {
    // No SIMD, or a page whose content security policy forbids WebAssembly.
    return undefined;
  }
}
