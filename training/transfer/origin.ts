/** What a picker can begin with: another picker, an autoencoder or a GAN; its weights, and the shots they have seen. */
import { RecordError } from '#shared/errors.ts';
import { UsageError } from '#shared/options.ts';
import { PICKER, type PickerConfig } from '../picker.ts';
import { type PretrainKind, type RunWeights, readWeights } from '../pretrain/checkpoint.ts';
import type { CorpusRecord } from '../pretrain/corpus.ts';
import { bestCheckpoint, type Checkpoint } from '../train/checkpoint.ts';
import type { Networks } from './move.ts';

/** What a checkpoint remembers of a run without labels that it began with. */
export interface OriginRecord {
  readonly kind: PretrainKind;
  readonly step: number;
  readonly settings: unknown;
  readonly corpus: CorpusRecord;
}

export interface Origin extends Pick<RunWeights, 'networks'> {
  /** undefined: a picker. */
  readonly record: OriginRecord | undefined;
  /** Of a picker: all of it. */
  readonly picker: Checkpoint | undefined;
}

/** @throws RecordError when there is no run in the folder, or one that cannot be read */
export function readOrigin(run: string): Origin {
  const { kind, step, settings, corpus = { sites: [], gathers: [] }, networks } = readWeights(run);
  return kind === 'picker'
    ? { record: undefined, picker: bestCheckpoint(run), networks }
    : { record: { kind, step, settings, corpus }, picker: undefined, networks };
}

/** The networks to move: one by its name, or all of them. @throws UsageError */
export function partOf(networks: Networks, part: string): Networks {
  if (part === 'all') return networks;
  const network = networks.get(part);
  if (network) return new Map([[part, network]]);
  throw new UsageError(`--part: expected ${[...networks.keys(), 'all'].join(', ')}, found '${part}'`);
}

/** A picker as wide as the networks are. @throws RecordError when they have no levels to take it from */
export function pickerLike({ picker, networks }: Origin, run: string): PickerConfig {
  if (picker) return picker.settings.picker;
  const widthAt = (level: number): number | undefined =>
    [...networks.values()]
      .flatMap((arrays) => [arrays.get(`down${level}.second.kernel`), arrays.get(`up${level}.second.kernel`)])
      .find((array) => array !== undefined)?.shape[3];
  const deepest = PICKER.widths.length - 1;
  const widths = PICKER.widths.map((usual, level) => widthAt(level) ?? (level === deepest ? usual : 0));
  if (widths.includes(0))
    throw new RecordError('unsupported', run, `expected ${deepest + 1} levels of a U-Net, found some missing`);
  return { ...PICKER, widths };
}
