/**
 * The gate before `stable`: a candidate held against the present model on the same frozen sites. Nothing may be worse beyond
 * tolerance, neither a hit rate nor what confidence is worth, nor the time and the room it takes.
 */
import { type ModelFiles, manifestOf, REPORT_FILE, RegistryError } from '#shared/model/release.ts';
import { numbersOf, type SiteNumbers } from './report.ts';

export interface Tolerances {
  /** Shares 0–1. A site of few labels may lose two traces whatever its share. */
  readonly hitRateDrop: number;
  readonly meanHitRateDrop: number;
  readonly coverageDrop: number;
  readonly calibrationErrorRise: number;
  /** Factors. */
  readonly slower: number;
  readonly larger: number;
}

/** Trainings that differ by their seed alone lie about so far apart, see docs/accuracy.md. */
export const TOLERANCES: Tolerances = {
  hitRateDrop: 0.02,
  meanHitRateDrop: 0.01,
  coverageDrop: 0.02,
  calibrationErrorRise: 0.03,
  slower: 1.5,
  larger: 1.5,
};

const TRACES_FREE = 2;

export interface GateRow {
  readonly what: string;
  readonly unit: '%' | 'ms' | 'bytes';
  /** undefined: not measured. */
  readonly present: number | undefined;
  readonly candidate: number | undefined;
  /** The worst that passes. */
  readonly limit: number | undefined;
  readonly passes: boolean;
  /** Why it does not pass, where the numbers do not say it. */
  readonly because?: string;
}

export interface Contender {
  /** For messages. */
  readonly name: string;
  readonly files: ModelFiles;
  /** One window of 64 traces on this machine. */
  readonly windowMs: number;
}

export interface Verdict {
  readonly rows: readonly GateRow[];
  readonly passes: boolean;
}

/** @throws RegistryError `refused` when one of them has no report */
export function judge(present: Contender, candidate: Contender, tolerances: Tolerances = TOLERANCES): Verdict {
  const [was, is] = [present, candidate].map(reportOf);
  const rows = [
    ...[...was].flatMap(([site, before]) => siteRows(site, before, is.get(site), tolerances)),
    ...meanRow(was, is, tolerances),
    atMost('64 traces', 'ms', present.windowMs, candidate.windowMs, present.windowMs * tolerances.slower),
    atMost('weights', 'bytes', sizeOf(present), sizeOf(candidate), sizeOf(present) * tolerances.larger),
  ];
  return { rows, passes: rows.every(({ passes }) => passes) };
}

function reportOf({ name, files }: Contender): Map<string, SiteNumbers> {
  const report = files.get(REPORT_FILE);
  if (!report)
    throw new RegistryError('refused', name, `expected ${REPORT_FILE} of firstbreak train evaluate in it, found none`);
  return numbersOf(report, manifestOf(files, name), `${name}/${REPORT_FILE}`);
}

const sizeOf = ({ name, files }: Contender): number => manifestOf(files, name).artefacts[0].bytes;

function siteRows(site: string, was: SiteNumbers, is: SiteNumbers | undefined, tolerances: Tolerances): GateRow[] {
  const because = !is
    ? 'not measured'
    : is.set !== was.set
      ? 'another set of shots, labels or settings'
      : is.learnt
        ? 'the candidate has learnt from it'
        : undefined;
  if (!is || because !== undefined) {
    const row = { what: `${site}: hits`, unit: '%', present: was.hitRate, candidate: is?.hitRate } as const;
    return [{ ...row, limit: undefined, passes: false, because: because! }];
  }
  const few = Math.max(tolerances.hitRateDrop, TRACES_FREE / Math.max(1, was.labelled));
  const [errorWas, errorIs] = [was.calibrationError, is.calibrationError];
  return [
    atLeast(`${site}: hits`, was.hitRate, is.hitRate, was.hitRate - few),
    atLeast(`${site}: picked`, was.coverage, is.coverage, was.coverage - tolerances.coverageDrop),
    ...(errorWas === undefined || errorIs === undefined
      ? []
      : [atMost(`${site}: calibration error`, '%', errorWas, errorIs, errorWas + tolerances.calibrationErrorRise)]),
  ];
}

function meanRow(
  was: ReadonlyMap<string, SiteNumbers>,
  is: ReadonlyMap<string, SiteNumbers>,
  { meanHitRateDrop }: Tolerances,
): GateRow[] {
  const both = [...was].flatMap(([site, before]) => {
    const after = is.get(site);
    return after ? [[before.hitRate, after.hitRate]] : [];
  });
  const mean = (k: number) => both.reduce((sum, pair) => sum + pair[k], 0) / both.length;
  return both.length < 2 ? [] : [atLeast('all sites: hits', mean(0), mean(1), mean(0) - meanHitRateDrop)];
}

/** Shares are compared as they are shown, to a hundredth of a percent. */
const SLACK = 5e-5;

const atLeast = (what: string, present: number, candidate: number, limit: number): GateRow => ({
  what,
  unit: '%',
  present,
  candidate,
  limit,
  passes: candidate >= limit - SLACK,
});

const atMost = (what: string, unit: GateRow['unit'], present: number, candidate: number, limit: number): GateRow => ({
  what,
  unit,
  present,
  candidate,
  limit,
  passes: candidate <= limit + SLACK,
});

/** Lines of a table, without a last line break. */
export function tableOf({ rows }: Verdict): string {
  const shown = (value: number | undefined, unit: GateRow['unit']): string => {
    if (value === undefined) return '–';
    if (unit === '%') return `${(100 * value).toFixed(2)} %`;
    return unit === 'ms' ? `${value.toFixed(1)} ms` : Math.round(value).toLocaleString('en');
  };
  const cells = [
    ['', 'present', 'candidate', 'limit', ''],
    ...rows.map(({ what, unit, present, candidate, limit, passes, because }) => [
      what,
      shown(present, unit),
      shown(candidate, unit),
      shown(limit, unit),
      passes ? '' : (because ?? 'worse'),
    ]),
  ];
  const widths = cells[0].map((_, i) => Math.max(...cells.map((row) => row[i].length)));
  return cells
    .map((row) => row.map((cell, i) => (i === 0 || i === 4 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))))
    .map((row) => row.join('  ').trimEnd())
    .join('\n');
}
