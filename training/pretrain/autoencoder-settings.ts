/** The settings of a new run of the autoencoder, from what was chosen on the command line. */
import { UsageError } from '#shared/options.ts';
import { traceMultiple } from '../network/unet.ts';
import type { Variant } from './autoencoder-batches.ts';
import { AUTOENCODER, type AutoencoderSettings } from './autoencoder-run.ts';

/** By the name of the option. */
export interface Chosen {
  readonly variant: Variant | undefined;
  readonly skips: true | undefined;
  readonly code: number | undefined;
  readonly synthetic: number | undefined;
  readonly straight: number | undefined;
  readonly steps: number | undefined;
  readonly windows: number | undefined;
  readonly traces: number | undefined;
  readonly rate: number | undefined;
  readonly widths: string | undefined;
  readonly seed: number | undefined;
}

/** @param gathers are there any to learn from @throws UsageError when they do not fit together */
export function newSettings(chosen: Chosen, gathers: boolean): AutoencoderSettings {
  const { autoencoder, mix, schedule, ...usual } = AUTOENCODER;
  const variant = chosen.variant ?? usual.variant;
  if (chosen.skips && variant !== 'masked')
    throw new UsageError('--skips: expected --variant masked with it; past the code, other inputs need not be learnt');
  if (!gathers && chosen.synthetic !== undefined && chosen.synthetic < 1)
    throw new UsageError('--synthetic: expected files or folders of shots with it, found none');
  const widths = widthsOf(chosen.widths, autoencoder.unet.widths.length);
  const unet = { ...autoencoder.unet, ...(widths && { widths }) };
  const traces = chosen.traces ?? autoencoder.traces;
  const multiple = traceMultiple(unet);
  if (traces % multiple) throw new UsageError(`--traces: expected a multiple of ${multiple}, found '${traces}'`);
  return {
    seed: chosen.seed ?? usual.seed,
    autoencoder: { unet, traces, code: chosen.code ?? autoencoder.code, skips: chosen.skips ?? autoencoder.skips },
    variant,
    mix: {
      windows: chosen.windows ?? mix.windows,
      straight: chosen.straight ?? mix.straight,
      synthetic: gathers ? (chosen.synthetic ?? mix.synthetic) : 1,
    },
    schedule: { ...schedule, steps: chosen.steps ?? schedule.steps, rate: chosen.rate ?? schedule.rate },
  };
}

function widthsOf(text: string | undefined, levels: number): readonly number[] | undefined {
  if (text === undefined) return undefined;
  const widths = text.split(',').map(Number);
  if (widths.length !== levels || !widths.every((width) => Number.isInteger(width) && width > 0 && width <= 1024))
    throw new UsageError(`--widths: expected ${levels} whole numbers from 1 to 1024, found '${text}'`);
  return widths;
}
