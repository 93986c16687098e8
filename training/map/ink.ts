/** Colours of gathers on the map: by site, by noise, by the order of their numbers; told apart by all eyes. */
import { escaped } from '#shared/report/qc-html.ts';
import type { CodedGather } from './codes.ts';

export interface Colouring {
  readonly name: string;
  /** Of each gather. */
  readonly colours: readonly string[];
  /** HTML. */
  readonly legend: string;
}

/** Okabe and Ito (2008). */
const SITES = ['#0072b2', '#e69f00', '#009e73', '#cc79a7', '#d55e00', '#56b4e9', '#f0e442', '#000000'] as const;
/** Five steps of cividis (Nuñez, Anderton and Renslow 2018), dark to light. */
const STEPS = [
  [0, 34, 78],
  [65, 77, 107],
  [124, 123, 120],
  [187, 173, 108],
  [254, 232, 56],
] as const;
const UNKNOWN = '#d0d0d0';

/** @param share from 0 to 1 */
function stepColour(share: number): string {
  const at = Math.max(0, Math.min(1, share)) * (STEPS.length - 1);
  const [low, high] = [STEPS[Math.floor(at)], STEPS[Math.ceil(at)]];
  return `rgb(${low.map((value, c) => Math.round(value + (high[c] - value) * (at - Math.floor(at)))).join(',')})`;
}

const swatch = (colour: string, words: string) => `<span><i style="background:${colour}"></i>${escaped(words)}</span>`;

function bySite(gathers: readonly CodedGather[]): Colouring {
  const sites = [...new Set(gathers.map(({ gather }) => gather.site))];
  const colourOf = (site: string) => SITES[sites.indexOf(site) % SITES.length];
  return {
    name: 'site',
    colours: gathers.map(({ gather }) => colourOf(gather.site)),
    legend: sites.map((site) => swatch(colourOf(site), site)).join(' '),
  };
}

function byNumber(
  name: string,
  gathers: readonly CodedGather[],
  value: (gather: CodedGather) => number | undefined,
  say: (value: number) => string,
): Colouring {
  const values = gathers.map(value);
  const known = values.filter((one) => one !== undefined);
  const [least, most] = [Math.min(...known), Math.max(...known)];
  const share = (one: number) => (one - least) / (most - least || 1);
  const ends = [0, 0.25, 0.5, 0.75, 1].map((part) => swatch(stepColour(part), say(least + part * (most - least))));
  return {
    name,
    colours: values.map((one) => (one === undefined ? UNKNOWN : stepColour(share(one)))),
    legend: [
      ...(known.length > 0 ? ends : []),
      ...(known.length < values.length ? [swatch(UNKNOWN, 'unknown')] : []),
    ].join(' '),
  };
}

/** Sites one after the other would be told apart again: each begins anew. */
function byOrder(gathers: readonly CodedGather[]): Colouring {
  const place = new Map<CodedGather, number>();
  for (const own of Map.groupBy(gathers, ({ gather }) => gather.site).values()) {
    const ordered = own.toSorted((a, b) => (a.gather.shot.ffid ?? 0) - (b.gather.shot.ffid ?? 0));
    ordered.forEach((gather, i) => {
      place.set(gather, own.length === 1 ? 0 : i / (own.length - 1));
    });
  }
  const whole = byNumber(
    'FFID order',
    gathers,
    (gather) => place.get(gather),
    () => '',
  );
  return {
    ...whole,
    legend: [
      swatch(stepColour(0), 'first of its site'),
      swatch(stepColour(0.5), ''),
      swatch(stepColour(1), 'last'),
    ].join(' '),
  };
}

export const COLOURINGS: readonly ((gathers: readonly CodedGather[]) => Colouring)[] = [
  bySite,
  (gathers) =>
    byNumber(
      'signal to noise',
      gathers,
      ({ signalToNoise }) => signalToNoise,
      (value) => `${value.toFixed(0)} dB`,
    ),
  byOrder,
  (gathers) =>
    byNumber(
      'amiss when rebuilt',
      gathers,
      ({ amiss }) => amiss,
      (value) => `${(100 * value).toFixed(0)} %`,
    ),
];
