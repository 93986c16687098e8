/**
 * All that the shot sends to the receivers: the first break, what follows it (later branches, reflections and multiples, codas,
 * shear waves), ground roll and its echoes, the air wave, the water wave. The first break has a first lobe of about 1.
 */
import { type Dice, smoothLine } from './dice.ts';
import type { Scene } from './scene.ts';
import { makeCoda, makeWavelet, type Wavelet, type WaveletKind } from './wavelets.ts';
import type { Arrival, Packet } from './waves.ts';

export interface Arrivals {
  readonly first: Arrival;
  /** Height of the first lobe of the break on each trace. */
  readonly lobe: Float64Array;
  /** When a person would pick each trace. */
  readonly onset: Float64Array;
  readonly waves: readonly Arrival[];
  readonly packets: readonly Packet[];
  /** Ahead of the break, and not it. */
  readonly precursors: readonly Arrival[];
}

export function randomArrivals(dice: Dice, scene: Scene): Arrivals {
  const { first, lobe, onset, decay, coupling } = firstBreak(dice, scene);
  const make: Maker = { dice, scene, onset, decay, coupling, own: first.wavelet, stretch: first.period };
  const waves: Arrival[] = [];
  const packets: Packet[] = [];
  const precursors: Arrival[] = [];
  const strong = scene.later === 'strong';
  if (scene.setting === 'ocean-bottom') waves.push(...crustalWaves(make), ...waterWaves(make));
  else {
    waves.push(...laterBranches(make, strong), ...reflections(make, strong));
    if (strong || dice.chance(0.5)) waves.push(...codas(make, strong));
    if (strong) {
      packets.push(...groundRoll(make));
      const air = airWave(make);
      if (air) (air.ahead ? precursors : waves).push(air.arrival);
    }
  }
  return { first, lobe, onset, waves, packets, precursors };
}

interface Maker {
  readonly dice: Dice;
  readonly scene: Scene;
  readonly onset: Float64Array;
  /** Fall of amplitudes with distance, about 1 in the middle. */
  readonly decay: Float64Array;
  /** Of each receiver to the ground; negative when its polarity is reversed. */
  readonly coupling: Float64Array;
  /** The shape of the first break. */
  readonly own: Wavelet;
  /** Period of the first break on each trace. */
  readonly stretch: Float64Array;
}

function firstBreak(dice: Dice, { spread, arrival, period, waveform, axis, setting }: Scene) {
  const n = arrival.length;
  const { offset, spacing } = spread;
  const wavelet = makeWavelet(waveform, dice, period / axis.interval);
  const reach = Math.max(...offset);
  const near = spacing * dice.logUniform(0.5, Math.max(1, n));
  const power = setting === 'ocean-bottom' ? dice.uniform(0, 1) : dice.uniform(0, 2.2);
  const spreading = offset.map((value) => (1 + value / near) ** -power);
  const middle = median(spreading);
  const decay = spreading.map((value) => value / middle);
  const ups = smoothLine(dice, n, dice.logUniform(3, n));
  const uneven = dice.uniform(0, 0.6);
  const roughness = dice.uniform(0.05, 0.6);
  const coupling = Float64Array.from(
    { length: n },
    () => Math.exp(dice.normal(roughness)) * (dice.chance(0.015) ? -1 : 1),
  );
  // Shingling: the break dies away along its branch while the cycle behind it takes over.
  const dying = dice.chance(0.25) ? dice.uniform(0.5, 3) : 0;
  const lobe = decay.map((value, i) => value * Math.exp(uneven * ups[i] - dying * (offset[i] / reach)));
  const scale = 1 / median(lobe);
  const attenuation = dice.chance(0.6) ? dice.uniform(0, 0.7) : 0;
  const stretch = offset.map((value) => period * (1 + (attenuation * value) / reach) * Math.exp(dice.normal(0.02)));
  const zeroPhase = waveform === 'ricker' || waveform === 'klauder';
  const first: Arrival = {
    wavelet,
    // A zero-phase shape has no beginning: it is laid so that its first lobe begins when the wave arrives.
    start: arrival.map((time, i) => (zeroPhase ? time - wavelet.onset * stretch[i] : time)),
    strength: lobe.map((value, i) => (scale * value * coupling[i]) / wavelet.lobe),
    period: stretch,
  };
  return {
    first,
    lobe: lobe.map((value, i) => scale * value * Math.abs(coupling[i])),
    onset: first.start.map((start, i) => start + wavelet.onset * stretch[i]),
    decay,
    coupling,
  };
}

/** The slower branches go on behind the first arrivals: the direct wave along the surface, the wave in the layer above. */
function laterBranches({ dice, scene, decay, coupling, own, stretch }: Maker, strong: boolean): Arrival[] {
  const { ground, spread, arrival, delay, period } = scene;
  return ground.layers.slice(0, -1).flatMap(({ velocity, top }, number) => {
    if (!dice.chance(0.8)) return [];
    const speed = mean(velocity) * dice.uniform(0.95, 1.1);
    const intercept = ((2 * mean(top)) / speed) * 1000 * dice.uniform(0.6, 1);
    const strength = dice.logUniform(0.4, strong ? 4 : 1) * (number === 0 ? dice.logUniform(0.5, 2) : 1);
    const start = spread.offset.map((offset, i) => intercept + (1000 * offset) / speed + delay[i]);
    return [
      {
        wavelet: own,
        start,
        strength: start.map((time, i) => (time > arrival[i] + 0.15 * period ? strength * decay[i] * coupling[i] : 0)),
        period: stretch,
      },
    ];
  });
}

/** Reflections, multiples and converted waves: hyperbolas behind the break, and copies of the break itself. */
function reflections({ dice, scene, onset, decay, coupling, own }: Maker, strong: boolean): Arrival[] {
  const { arrival, delay, period, spread, axis } = scene;
  const latest = Math.max(...arrival);
  return Array.from({ length: dice.integer(0, strong ? 9 : 6) }, () => {
    const wavelet = dice.chance(0.5) ? own : makeWavelet(dice.pick(LATER_SHAPES), dice, period / axis.interval);
    const kind = dice.share({ parallel: 0.4, hyperbola: 0.35, slower: 0.25 });
    const behind = period * dice.logUniform(0.5, 12);
    const zero = dice.uniform(0.1, 1.5) * latest + behind;
    const speed = (1000 * Math.max(...spread.offset)) / (latest * dice.uniform(0.8, 1.6));
    const ratio = dice.uniform(1.5, 2.2); // P to S
    const own_ = kind === 'parallel' ? dice.uniform(0, 0.1) : 0;
    const start = arrival.map((time, i) => {
      const at =
        kind === 'parallel'
          ? time + behind * (1 + own_ * (i / arrival.length))
          : kind === 'slower'
            ? behind + ratio * (time - delay[i]) + delay[i]
            : Math.hypot(zero, (1000 * spread.offset[i]) / speed) + delay[i];
      return Math.max(at, onset[i] + 0.2 * period);
    });
    const strength = dice.logUniform(0.2, strong ? 6 : 0.8) * (dice.chance(0.5) ? 1 : -1);
    const longer = dice.logUniform(0.8, 1.8) * period;
    return {
      wavelet,
      start,
      strength: decay.map((value, i) => strength * value * coupling[i]),
      period: start.map(() => Math.max(longer, 4 * axis.interval)),
    };
  });
}

const LATER_SHAPES: readonly WaveletKind[] = ['berlage', 'impulse', 'hammer', 'weight-drop'];

/** Long ringing that follows the break or a slower wave; not quite the same from trace to trace. */
function codas({ dice, scene, onset, decay, coupling }: Maker, strong: boolean): Arrival[] {
  const { arrival, period, axis } = scene;
  const n = arrival.length;
  return Array.from({ length: dice.integer(1, 3) }, () => {
    const slower = dice.chance(0.5) ? 1 : dice.uniform(0.7, 2.5);
    const behind = period * dice.logUniform(0.05, 6);
    const jitter = period * dice.logUniform(0.02, 0.6);
    const strength = dice.logUniform(0.2, strong ? 15 : 0.8);
    const fall = dice.uniform(0.2, 1);
    const own = dice.logUniform(0.7, 2.2) * period;
    // Two series whose shares change along the line: neighbours are alike, distant traces are not.
    const mix = smoothLine(dice, n, dice.logUniform(2, n));
    const start = arrival.map((time, i) => {
      const off = dice.normal(jitter);
      return Math.max(onset[i] + dice.uniform(0, 0.3) * Math.abs(off), time * slower + behind + off);
    });
    return [Math.sin, Math.cos].map((share) => ({
      wavelet: makeCoda(dice, dice.logUniform(5, 80), own / axis.interval),
      start,
      strength: decay.map((value, i) => strength * value ** fall * coupling[i] * share(1.5 * mix[i])),
      period: start.map(() => Math.max(own, 4 * axis.interval)),
    }));
  }).flat();
}

/** Surface waves: slow, low, dispersive, strong; some come back from a wall or a pipe. */
function groundRoll({ dice, scene, onset, decay, coupling }: Maker): Packet[] {
  const { arrival, period, spread, axis, delay, ground } = scene;
  const latest = Math.max(...arrival.map((time, i) => time - delay[i]));
  const reach = Math.max(...spread.offset);
  // Never faster than about 0.92 of the shear wave of the soil; slower than the first breaks in any case.
  const soil = mean(ground.layers[0].velocity);
  return Array.from({ length: dice.pick([0, 1, 1, 1, 2, 2, 3]) }, (_, train) => {
    const fastest = Math.min((1000 * reach) / (latest * dice.uniform(1.3, 4)), soil * dice.uniform(0.45, 1.2));
    const scattered = train > 0 && dice.chance(0.5);
    const scatterer = dice.uniform(Math.min(...spread.x), Math.max(...spread.x));
    const path = spread.offset.map((offset, i) =>
      scattered ? Math.abs(scatterer - spread.source.x) + Math.abs(spread.x[i] - scatterer) : offset,
    );
    const loud = dice.logUniform(2, 100) * (scattered ? 0.15 : 1);
    const fall = dice.uniform(0.1, 0.7);
    const dominant = dice.logUniform(0.9, 4) * period;
    const parts = dice.integer(3, 7);
    const dispersion = dice.uniform(0.05, 0.5);
    const cycles = dice.logUniform(1.2, 5);
    const at = dice.uniform(0, 2) * dominant;
    return Array.from({ length: parts }, (_, part): Packet => {
      // Short waves see only the slow soil.
      const place = parts > 1 ? part / (parts - 1) : 0.5;
      const own = Math.max(dominant * 2 ** (1.2 * (0.5 - place)), 4 * axis.interval);
      const speed = fastest * (1 - dispersion * place);
      const group = speed * dice.uniform(0.7, 1);
      const strength = (loud / Math.sqrt(parts)) * Math.exp(dice.normal(0.4));
      return {
        period: own,
        group: path.map((length, i) => at + own * cycles + (1000 * length) / group + delay[i]),
        phase: path.map((length, i) => at + (1000 * length) / speed + delay[i]),
        width: path.map((length) => own * cycles * (1 + (0.5 * dispersion * length) / reach)),
        strength: decay.map((value, i) => strength * value ** fall * coupling[i]),
        notBefore: onset.map((time) => time + 0.1 * period),
      };
    });
  }).flat();
}

/** Sound in air, 340 m/s: sharp, uneven, loudest where receivers are badly planted; ahead of the break over very slow soil. */
function airWave({ dice, scene, onset, decay }: Maker) {
  if (!dice.chance(0.45)) return undefined;
  const { period, spread, axis, delay } = scene;
  const speed = dice.uniform(328, 352);
  const own = Math.max(period * dice.logUniform(0.15, 0.7), 4 * axis.interval);
  const start = spread.offset.map((offset, i) => (1000 * offset) / speed + delay[i]);
  const ahead = start.some((time, i) => time < onset[i] + 0.15 * period);
  const loud = ahead ? dice.logUniform(0.05, 0.4) : dice.logUniform(0.3, 20);
  const arrival: Arrival = {
    wavelet: makeWavelet(dice.pick(LATER_SHAPES), dice, own / axis.interval),
    start,
    strength: decay.map((value) => loud * Math.sqrt(value) * Math.exp(dice.normal(0.6))),
    period: start.map(() => own),
  };
  return { arrival, ahead };
}

/** Under the sea a few weak waves follow the break closely: converted, refracted, echoes in the sediments. */
function crustalWaves({ dice, scene, decay, coupling, own }: Maker): Arrival[] {
  const { arrival, period, axis } = scene;
  return Array.from({ length: dice.integer(0, 5) }, () => {
    const behind = period * dice.logUniform(1, 60);
    const slope = dice.uniform(-0.02, 0.08);
    const strength = dice.logUniform(0.2, 2) * (dice.chance(0.5) ? 1 : -1);
    const nearest = Math.min(...arrival);
    return {
      wavelet: dice.chance(0.5) ? own : makeCoda(dice, dice.logUniform(4, 60), period / axis.interval),
      start: arrival.map((time) => time + behind + slope * (time - nearest)),
      strength: decay.map((value, i) => strength * value * coupling[i]),
      period: arrival.map(() => period),
    };
  });
}

/** The direct wave through the water and its echoes between surface and sea floor, seconds later and far stronger. */
function waterWaves({ dice, scene, onset, decay, coupling, own }: Maker): Arrival[] {
  const { spread, water, period, axis, arrival } = scene;
  const loud = dice.logUniform(6, 400);
  const direct = spread.offset.map((offset) => (Math.hypot(offset, water) / 1500) * 1000);
  const nearest = Math.min(...direct);
  // Cut windows show the water wave seconds behind the break, wherever the ship was.
  const left = axis.first + axis.samples * axis.interval - Math.min(...arrival);
  const lag = dice.logUniform(400, 0.9 * left);
  const begin = Math.min(...arrival) + lag;
  const flat = dice.chance(0.5) ? dice.uniform(0, 0.4) : 1;
  return [0, 1, 2].map((bounce) => ({
    wavelet: bounce === 0 && dice.chance(0.4) ? own : makeCoda(dice, dice.logUniform(8, 60), period / axis.interval),
    start: direct.map((time, i) =>
      Math.max(
        onset[i] + period,
        begin + flat * (time - nearest) + bounce * ((2000 * water) / 1500) * dice.uniform(0.97, 1),
      ),
    ),
    strength: decay.map((value, i) => loud * dice.uniform(0.5, 1) * 0.5 ** bounce * Math.sqrt(value) * coupling[i]),
    period: direct.map(() => Math.max(period * dice.uniform(0.9, 1.1), 4 * axis.interval)),
  }));
}

const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
const median = (values: Float64Array) => Float64Array.from(values).sort()[values.length >> 1];
