/**
 * Letters drawn with lines, for machines that have no font at all (containers, bare servers), so that axes are never without
 * numbers. A glyph is strokes of points, two digits each: x 0–4, y 0 (top) to 6 (baseline) and 8 (below).
 */

const GLYPHS: Readonly<Record<string, string>> = {
  A: '062046 1434',
  B: '06003041423303 3344453606',
  C: '4130100105163645',
  D: '06002042442606',
  E: '40000646 0333',
  F: '400006 0333',
  G: '41301001051636454323',
  H: '0006 4046 0343',
  I: '0020 1016 0626',
  J: '3035261605',
  K: '0006 400346',
  L: '000646',
  M: '0600234046',
  N: '06004640',
  O: '103041453616050110',
  P: '06003041423303',
  Q: '103041453616050110 2446',
  R: '06003041423303 2346',
  S: '413010010213334445361605',
  T: '0040 2026',
  U: '000516364540',
  V: '002640',
  W: '0016233640',
  X: '0046 4006',
  Y: '002340 2326',
  Z: '00400646',
  a: '12324346 441405163645',
  b: '0006 0312324345361605',
  c: '4332120305163645',
  d: '4046 4332120305163645',
  e: '04444332120305163645',
  f: '30201116 0232',
  g: '4332120305163645 4247381807',
  h: '0006 0312324346',
  i: '0206 0000',
  j: '121708 1010',
  k: '0006 320436',
  l: '0006',
  m: '0206 03122326 23324346',
  n: '0206 0312324346',
  o: '123243453616050312',
  p: '0208 0312324345361605',
  q: '4248 4332120305163645',
  r: '0206 031232',
  s: '4212031434453606',
  t: '10152636 0232',
  u: '0205163645 4246',
  v: '022642',
  w: '0216243642',
  x: '0246 4206',
  y: '0226 4208',
  z: '02420646',
  '0': '103041453616050110',
  '1': '012026 0646',
  '2': '01103041420646',
  '3': '0110304142334445361605 1333',
  '4': '36300444',
  '5': '4000033344453606',
  '6': '4130100105163645443303',
  '7': '004016',
  '8': '13020110304142331304051636454433',
  '9': '0516364541301001021343',
  '.': '0606',
  ',': '1607',
  ':': '0303 0606',
  ';': '1313 1607',
  '-': '0333',
  '–': '0343',
  '−': '0343',
  '+': '0444 2226',
  '=': '0343 0545',
  '/': '0640',
  '\\': '0046',
  '|': '0008',
  '(': '20111526',
  ')': '00111506',
  '[': '20000626',
  ']': '00202606',
  '<': '420446',
  '>': '024406',
  _: '0747',
  '%': '0640 0101 4545',
  '#': '1016 3036 0242 0444',
  '!': '0004 0606',
  '?': '011030413324 2626',
  "'": '0001',
  '"': '0001 2021',
  '*': '2125 0244 4204',
  '~': '04133442',
  '@': '4536160501103041443433 3322132433',
  $: '413010010213334445361605 2026',
  '&': '4612112031320405162644',
  '^': '022042',
  '`': '0011',
  '{': '20111203141526',
  '}': '00111223141506',
  '×': '0246 4206',
  '·': '1313',
  '…': '0606 2626 4646',
};
/** A box stands for what has no glyph. */
const UNKNOWN = '0040460600';
const SPACE = 3;
const GAP = 1.6;
const CAP_HEIGHT = 6;
/** Height of a capital as a share of the font size. */
const CAP_SHARE = 0.7;

type Strokes = readonly (readonly (readonly [number, number])[])[];

const strokesOf = (letter: string): Strokes =>
  (GLYPHS[letter] ?? UNKNOWN)
    .split(' ')
    .map((stroke) => [...stroke.matchAll(/../g)].map(([point]) => [Number(point[0]), Number(point[1])] as const));

const widthOf = (letter: string): number =>
  letter === ' ' ? SPACE : Math.max(...strokesOf(letter).flatMap((stroke) => stroke.map(([x]) => x)));

/** Width of a line of text of that font size. */
export function lettersWidth(text: string, size: number): number {
  const units = [...text].reduce((total, letter) => total + widthOf(letter) + GAP, 0);
  return (Math.max(0, units - GAP) * size * CAP_SHARE) / CAP_HEIGHT;
}

interface Pen {
  beginPath(): void;
  moveTo(x: number, y: number): void;
  lineTo(x: number, y: number): void;
  stroke(): void;
}

/** Draws with the pen's own colour and width; `x` is the left end, `y` the baseline. */
export function drawLetters(pen: Pen, text: string, x: number, y: number, size: number): void {
  const unit = (size * CAP_SHARE) / CAP_HEIGHT;
  let left = x;
  pen.beginPath();
  for (const letter of text) {
    if (letter !== ' ')
      for (const stroke of strokesOf(letter)) {
        const points = stroke.map(([px, py]) => [left + px * unit, y + (py - CAP_HEIGHT) * unit] as const);
        pen.moveTo(...points[0]);
        for (const point of points.slice(1)) pen.lineTo(...point);
      }
    left += (widthOf(letter) + GAP) * unit;
  }
  pen.stroke();
}

/** From the middle of a capital to its baseline. */
export const capMiddle = (size: number): number => (size * CAP_SHARE) / 2;
