/** From a judged shot to what its line keeps of it. */
import type { Shot } from '../../gather.ts';
import type { ShotFacts } from '../facts.ts';
import type { Judgement } from '../finding.ts';
import { moveoutOf } from '../moveout/of-shot.ts';
import { remembered } from '../remembered.ts';
import type { ShotSummary, TraceSummary } from './summary.ts';

export function summarise(facts: ShotFacts, { verdict, reason, findings }: Judgement, file: string): ShotSummary {
  const { shot, period } = facts;
  const { ffid, sourcePoint, recordedAt, recorder, source, samples, sampleInterval, firstSample } = shot;
  return {
    file,
    ...present({ ffid, sourcePoint, recordedAt, recorder, source, period }),
    samples,
    sampleInterval,
    firstSample: firstSample.time,
    ...lastingOf(facts),
    branches: moveoutOf(facts).model?.branches ?? [],
    verdict,
    reason,
    findings,
  };
}

/** What does not depend on the verdict, and is asked for before and after it. */
const lastingOf = remembered((facts) => {
  const unit = unitOf(facts.shot);
  return { unit, digest: digestOf(facts), traces: facts.seismic.map((i) => traceOf(facts, i, unit !== STORED)) };
});

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function traceOf(facts: ShotFacts, i: number, descaled: boolean): TraceSummary {
  const { index, channel, receiver, descale } = facts.shot.traces[i];
  const { sides, residuals } = moveoutOf(facts);
  const pick = facts.picks[i];
  const [level, distance, time, residual] = [facts.levels[i], facts.distances[i], facts.times[i], residuals[i]];
  const factor = descaled ? Math.abs(descale?.factor ?? 1) : 1;
  const trace: Mutable<TraceSummary> = { index, channel, side: sides[i], dead: facts.conditions[i].dead };
  if (receiver !== undefined) trace.receiver = receiver;
  if (distance !== undefined) trace.distance = distance;
  if (time !== undefined) trace.time = time;
  if (pick.kind === 'picked') trace.confidence = pick.confidence;
  if (residual !== undefined) trace.residual = residual;
  if (level !== undefined) {
    trace.noise = level.noise * factor;
    trace.signal = level.signal * factor;
  }
  return trace;
}

/** Levels of shots can be held against each other in stored values, where the recorder gives no factor to a unit for all traces. */
const STORED = 'stored';

function unitOf({ traces }: Shot): string {
  const unit = traces[0]?.descale?.unit ?? STORED;
  return traces.every(({ descale }) => descale?.unit === unit && descale.factor !== 0) ? unit : STORED;
}

/** FNV-1a over the bits of the samples (Fowler, Noll, Vo), word by word, in two lanes: 64 bits. */
function digestOf({ shot, seismic }: ShotFacts): string {
  const { amplitudes, samples } = shot;
  const words = new Uint32Array(amplitudes.buffer, amplitudes.byteOffset, amplitudes.length);
  let a = 0x811c9dc5;
  let b = 0x01000193;
  for (const i of seismic) {
    const end = Math.min((i + 1) * samples, words.length);
    for (let s = i * samples; s < end; s++) {
      const word = words[s];
      a = Math.imul(a ^ word, 0x01000193);
      b = Math.imul(b ^ word, 0x85ebca6b);
    }
  }
  return [a, b].map((lane) => (lane >>> 0).toString(16).padStart(8, '0')).join('');
}

/** The same without the properties that are undefined. */
const present = <T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
