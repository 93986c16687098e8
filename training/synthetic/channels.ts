/** What can be wrong with a channel, and how often: decided before recording, applied after it. */
import type { Dice } from './dice.ts';

export type Channel =
  | { readonly kind: 'sound' }
  /** Nothing of the shot: zeros, a constant, or unrest alone. */
  | { readonly kind: 'dead'; readonly shows: 'zeros' | 'constant' | 'noise' }
  /** The signal is this much smaller, the unrest less so. */
  | { readonly kind: 'weak'; readonly factor: number }
  | { readonly kind: 'noisy'; readonly factor: number }
  /** Cut off at this share of its largest value. */
  | { readonly kind: 'clipped'; readonly share: number }
  /** Plugged in where that other trace should be. */
  | { readonly kind: 'swapped'; readonly with: number }
  /** A share of that other trace is added. */
  | { readonly kind: 'cross-talk'; readonly from: number; readonly share: number };

export function randomChannels(dice: Dice, count: number, loudest: number): readonly Channel[] {
  const channels: Channel[] = Array.from({ length: count }, () => ({ kind: 'sound' }));
  const some = (share: number, most: number, make: (trace: number) => Channel) => {
    if (!dice.chance(share)) return;
    const rate = dice.uniform(0, most);
    for (let i = 0; i < count; i++) if (dice.chance(rate)) channels[i] = make(i);
  };
  some(0.15, 0.2, () => ({ kind: 'weak', factor: dice.logUniform(0.003, 0.3) }));
  some(0.4, 0.12, () => ({ kind: 'noisy', factor: dice.logUniform(2.7, 50) }));
  some(0.12, 0.5, () => ({ kind: 'clipped', share: dice.logUniform(0.02, 0.7) }));
  some(0.06, 0.5, (trace) => ({
    kind: 'cross-talk',
    from: trace === loudest ? (trace + 1) % count : loudest,
    share: dice.logUniform(0.001, 0.05),
  }));
  some(0.35, 0.2, () => ({ kind: 'dead', shows: dice.pick(['zeros', 'constant', 'noise']) }));
  if (dice.chance(0.03)) {
    const i = dice.integer(0, count - 2);
    channels[i] = { kind: 'swapped', with: i + 1 };
    channels[i + 1] = { kind: 'swapped', with: i };
  }
  return channels;
}
