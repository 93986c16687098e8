/** SEG-Y of revisions 0, 1, 2.0 and 2.1, in any byte order, with headers that lie in the usual ways. */
import type { OpenOptions, Recording } from '../../gather.ts';
import { type ByteSource, bytesAt } from '../../source.ts';
import type { FormatReader } from '../format.ts';
import { textLines } from '../text-header.ts';
import { readFileHeader, textEvidence } from './file-header.ts';
import { FILE_HEADER_BYTES, TEXT_BYTES } from './headers.ts';
import { openTraces } from './open-traces.ts';
import { partsOf } from './parts.ts';
import { shotKey } from './shot-key.ts';
import { readShots, type TraceFile } from './shots.ts';

export const segy: FormatReader = {
  format: 'segy',

  recognises(head, source) {
    const header = readFileHeader(head, source.size);
    if (!header) return textEvidence(head, 0) === 'cards';
    const { base, score } = header;
    // Text throughout is a text, whatever its bytes would say as numbers.
    if (head.subarray(base, base + FILE_HEADER_BYTES).every((byte) => byte >= 9 && byte < 0x7f)) return false;
    return score >= NEEDED_SCORE[textEvidence(head, base)];
  },

  async open(given: ByteSource, options: OpenOptions): Promise<Recording> {
    const { source, header, layout, texts, problems } = await openTraces(given, options);
    const text: string[] = [];
    for (let i = 0; i <= texts; i++) {
      const at = header.base + (i === 0 ? 0 : FILE_HEADER_BYTES + (i - 1) * TEXT_BYTES);
      text.push(...textLines(await bytesAt(i === 0 ? given : source, at, TEXT_BYTES)));
    }
    const key = await shotKey(source, layout, options);
    const file: TraceFile = { source, layout, key, options, recorder: recorderOf(text) };
    return {
      name: given.name,
      format: 'segy',
      revision: `${header.revision.major}.${header.revision.minor}`,
      byteOrder: header.pairSwapped ? 'pair-swapped' : header.order,
      sampleFormat: header.binary.format,
      text,
      problems: [...problems, ...key.problems],
      shots: (shotOptions) => readShots(file, shotOptions),
      ...partsOf(file),
    };
  },
};

/** Of a file header (file-header.ts), by how its text looks: a known sample format alone is worth 4 and no proof. */
const NEEDED_SCORE = { cards: 0, text: 6, zeros: 7, none: 8 } as const;

/** The card `INSTRUMENT: MFG x MODEL y` of the standard's layout, or `INSTRUMENT: x`; `undefined` when it was left blank. */
function recorderOf(text: readonly string[]): string | undefined {
  const said = text.join('\n').match(/^C\s?\d+\s*(?:INSTRUMENT|RECORDING SYSTEM)\s*:?[ ]*(.*)$/im)?.[1] ?? '';
  const name = said
    .replace(/\b(MFG|MODEL)\b|\bSERIAL.*$/gi, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return name === '' ? undefined : name;
}
