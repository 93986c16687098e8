/** The map of a survey, top to bottom: codes, how far each gather stands from the others, places in the plane, small pictures. */
import type { AutoencoderState } from '../pretrain/autoencoder-run.ts';
import type { RawGather } from '../pretrain/corpus.ts';
import { type CodedGather, codedGather } from './codes.ts';
import { embeddingsOf } from './embed.ts';
import { standardised, standingsOf } from './outliers.ts';
import type { MapInput, MappedGather } from './page.ts';
import { thumbnailOf } from './thumbnail.ts';

export interface MapOptions {
  readonly seed: number;
  /** Gathers that get a picture, the oddest first. */
  readonly pictures: number;
  readonly onGather?: (done: number) => void;
}

export async function mapOf(
  gathers: readonly RawGather[],
  network: AutoencoderState,
  { seed, pictures, onGather }: MapOptions,
): Promise<MapInput> {
  const coded: CodedGather[] = [];
  for (const gather of gathers) {
    coded.push(await codedGather(gather, network));
    onGather?.(coded.length);
  }
  const codes = standardised(coded.map(({ code }) => code));
  const standings = standingsOf(coded, codes);
  const places = standings.map((_, i) => i).sort((a, b) => standings[b].score - standings[a].score);
  const pictured = new Set(places.slice(0, pictures));
  const mapped: MappedGather[] = [];
  for (const [i, one] of coded.entries())
    mapped.push({
      ...one,
      ...standings[i],
      ...(pictured.has(i) && { picture: await thumbnailOf(one.gather) }),
    });
  const { code, traces } = network.settings.autoencoder;
  return {
    gathers: mapped,
    // As they are: what most gathers agree on would otherwise weigh as much as what parts them.
    embeddings: embeddingsOf(
      coded.map(({ code }) => [...code]),
      seed,
    ),
    network: `Codes of ${code} numbers a window of ${traces} traces, of an autoencoder after ${network.step} steps.`,
  };
}
