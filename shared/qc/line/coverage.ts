/** How many of the traces at each distance from the source were picked, over the whole line. */
import { type Metres, metres, percent } from '../../units.ts';
import type { LineJudge } from './judges.ts';
import type { ShotSummary } from './summary.ts';
import { tenths } from './words.ts';

export interface CoverageBin {
  readonly from: Metres;
  readonly to: Metres;
  readonly traces: number;
  readonly picked: number;
}

const BINS = 12;
/** Fewer traces have no share. */
const ENOUGH = 10;

/** Bins of one, two or five times a power of ten; empty where no distances are known. */
export function coverageOf(shots: readonly ShotSummary[]): readonly CoverageBin[] {
  const known = shots.flatMap(({ traces }) => traces.filter(({ distance }) => distance !== undefined));
  const farthest = known.reduce((most, { distance = 0 }) => Math.max(most, distance), 0);
  if (farthest === 0) return [];
  const width = roundStep(farthest / BINS);
  const bins = Array.from({ length: Math.floor(farthest / width) + 1 }, () => ({ traces: 0, picked: 0 }));
  for (const { distance = metres(0), time } of known) {
    const bin = bins[Math.floor(distance / width)];
    bin.traces++;
    if (time !== undefined) bin.picked++;
  }
  return bins.map((bin, i) => ({ from: metres(i * width), to: metres((i + 1) * width), ...bin }));
}

/** The next larger of 1, 2, 5, 10 … */
export function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * ([1, 2, 5, 10].find((step) => step * power >= least * (1 - 1e-9)) ?? 10);
}

export const offsetCoverage: LineJudge = ({ shots }, { limits }) => {
  const threshold = limits['offset-coverage.least'];
  const bins = coverageOf(shots).filter(({ traces }) => traces >= ENOUGH);
  const share = ({ traces, picked }: CoverageBin) => percent(picked / traces);
  const poor = bins.filter((bin) => share(bin) < threshold);
  if (shots.length < 2 || poor.length === 0) return [];
  const worst = poor.reduce((least, bin) => (share(bin) < share(least) ? bin : least));
  const far = poor.includes(bins[bins.length - 1]);
  const where = poor.map(({ from, to }) => `${tenths(from)}–${tenths(to)} m`).join(', ');
  return [
    {
      code: 'offset-coverage',
      severity: 'warn',
      traces: [],
      shots: [],
      receivers: [],
      value: tenths(share(worst)),
      unit: '% of traces picked',
      threshold,
      cause: `few first breaks at ${where}: ${far ? 'too little energy for the far traces' : 'noise near the source, air wave or clipping'}`,
      advice: far ? 'stack more or use a stronger source, at least for the shots off the ends' : 'look at these traces',
      says: `only ${tenths(share(worst))} % of the traces at ${tenths(worst.from)}–${tenths(worst.to)} m are picked`,
    },
  ];
};
