/**
 * What a model folder says of its model (`manifest.json`): what it takes, what it means, where it comes from, and a digest of
 * each file. A model whose window, digest or schema is not the expected one is refused rather than run wrongly.
 */
import { RecordError } from '../errors.ts';
import { CHANNELS, SAMPLES, WINDOW_VERSION } from './window.ts';

export const MANIFEST_SCHEMA = 'firstbreak.model/1';

export interface Artefact {
  readonly file: string;
  readonly kind: 'onnx';
  readonly precision: 'fp32';
  readonly bytes: number;
  /** Hexadecimal. */
  readonly sha256: string;
}

export interface Manifest {
  readonly schema: typeof MANIFEST_SCHEMA;
  readonly name: string;
  readonly input: {
    readonly windowVersion: number;
    readonly samples: number;
    readonly channels: readonly string[];
    /** Traces of a window are a multiple of this. */
    readonly traceMultiple: number;
  };
  readonly pick: {
    readonly convention: 'onset';
    /** What the training labels mark. */
    readonly label: string;
  };
  readonly weights: number;
  readonly multiplicationsPerTrace: number;
  /** Each with the data it was measured on. */
  readonly metrics: readonly { readonly name: string; readonly value: number; readonly data: string }[];
  readonly training: {
    readonly data: string;
    readonly steps: number;
    readonly windows: number;
    readonly seed: number;
    /** All settings of the run. */
    readonly settings: unknown;
  };
  readonly artefacts: readonly Artefact[];
}

/** @throws RecordError `malformed` or `unsupported` */
export function readManifest(text: string, file: string): Manifest {
  const manifest = parsed(text, file);
  if (manifest.schema !== MANIFEST_SCHEMA)
    throw new RecordError(
      'unsupported',
      file,
      `expected schema ${MANIFEST_SCHEMA}, found ${manifest.schema ?? 'none'}`,
    );
  const { input, artefacts } = manifest;
  if (typeof manifest.name !== 'string' || typeof input !== 'object' || input === null || !Array.isArray(artefacts))
    throw new RecordError('malformed', file, 'expected name, input and artefacts, found not all of them');
  const expected = { windowVersion: WINDOW_VERSION, samples: SAMPLES, channels: CHANNELS };
  const found = { windowVersion: input.windowVersion, samples: input.samples, channels: input.channels };
  if (JSON.stringify(found) !== JSON.stringify(expected))
    throw new RecordError(
      'unsupported',
      file,
      `expected a model of window ${JSON.stringify(expected)}, found ${JSON.stringify(found)}`,
    );
  if (!(Number.isInteger(input.traceMultiple) && input.traceMultiple! > 0))
    throw new RecordError('malformed', file, `expected input.traceMultiple above 0, found ${input.traceMultiple}`);
  for (const artefact of artefacts as readonly Partial<Artefact>[])
    if (!/^[\w.-]+$/.test(artefact.file ?? '') || !/^[0-9a-f]{64}$/.test(artefact.sha256 ?? ''))
      throw new RecordError(
        'malformed',
        file,
        `expected artefacts with a file name and a SHA-256, found ${JSON.stringify(artefact)}`,
      );
  return manifest as Manifest;
}

type Partially<T> = { readonly [K in keyof T]?: Partial<T[K]> };

function parsed(text: string, file: string): Partially<Manifest> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Partially<Manifest>;
  } catch {
    // said below
  }
  throw new RecordError('malformed', file, 'expected a JSON object, found something else');
}

/** Lower-case hexadecimal. */
export async function sha256(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** @throws RecordError `malformed` when the bytes are not those the manifest was written for */
export async function checkArtefact(bytes: Uint8Array, { file, sha256: expected }: Artefact): Promise<void> {
  const found = await sha256(bytes);
  if (found !== expected) throw new RecordError('malformed', file, `expected SHA-256 ${expected}, found ${found}`);
}
