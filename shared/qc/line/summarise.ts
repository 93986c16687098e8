/** From a judged shot to what its line keeps of it. */
import { row, type Shot } from '../../gather.ts';
import type { ShotFacts } from '../facts.ts';
import type { Judgement } from '../finding.ts';
import { moveoutOf } from '../moveout/of-shot.ts';
import type { ShotSummary, TraceSummary } from './summary.ts';

export function summarise(facts: ShotFacts, { verdict, reason, findings }: Judgement, file: string): ShotSummary {
  const { shot, seismic, period } = facts;
  const { ffid, sourcePoint, recordedAt, recorder, source, samples, sampleInterval, firstSample } = shot;
  const unit = unitOf(shot);
  return {
    file,
    ...present({ ffid, sourcePoint, recordedAt, recorder, source, period }),
    samples,
    sampleInterval,
    firstSample: firstSample.time,
    unit,
    digest: digestOf(facts),
    traces: seismic.map((i) => traceOf(facts, i, unit !== STORED)),
    branches: moveoutOf(facts).model?.branches ?? [],
    verdict,
    reason,
    findings,
  };
}

function traceOf(facts: ShotFacts, i: number, descaled: boolean): TraceSummary {
  const { index, channel, receiver, descale } = facts.shot.traces[i];
  const { sides, residuals } = moveoutOf(facts);
  const pick = facts.picks[i];
  const level = facts.levels[i];
  const factor = descaled ? Math.abs(descale?.factor ?? 1) : 1;
  return {
    index,
    channel,
    side: sides[i],
    dead: facts.conditions[i].dead,
    ...present({
      receiver,
      distance: facts.distances[i],
      time: facts.times[i],
      confidence: pick.kind === 'picked' ? pick.confidence : undefined,
      residual: residuals[i],
      noise: level && level.noise * factor,
      signal: level && level.signal * factor,
    }),
  };
}

/** Levels of shots can be held against each other in stored values, where the recorder gives no factor to a unit for all traces. */
const STORED = 'stored';

function unitOf({ traces }: Shot): string {
  const unit = traces[0]?.descale?.unit ?? STORED;
  return traces.every(({ descale }) => descale?.unit === unit && descale.factor !== 0) ? unit : STORED;
}

/** FNV-1a over the bits of the samples (Fowler, Noll, Vo), word by word, in two lanes: 64 bits. */
function digestOf({ shot, seismic }: ShotFacts): string {
  let a = 0x811c9dc5;
  let b = 0x01000193;
  for (const i of seismic) {
    const x = row(shot, i);
    const words = new Uint32Array(x.buffer, x.byteOffset, x.length);
    for (let s = 0; s < words.length; s++) {
      a = Math.imul(a ^ words[s], 0x01000193);
      b = Math.imul(b ^ words[s], 0x85ebca6b);
    }
  }
  return [a, b].map((lane) => (lane >>> 0).toString(16).padStart(8, '0')).join('');
}

/** The same without the properties that are undefined. */
const present = <T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
