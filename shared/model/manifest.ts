/**
 * What a model folder says of its model (`manifest.json`): what it takes, what it means, where it comes from, and a digest of
 * each file. A model whose window, digest or schema is not the expected one is refused rather than run wrongly.
 */
import { RecordError } from '../errors.ts';
import { CHANNELS, SAMPLES, WINDOW_VERSION } from './window.ts';

export const MANIFEST_SCHEMA = 'firstbreak.model/3';

/** Scores that every model gives, see `WindowScores`. */
const SCORES = ['onset', 'none'] as const;

/** What the weights of an artefact are written for. */
export const KINDS = ['onnx', 'tflite'] as const;
export type Kind = (typeof KINDS)[number];

/** What they are written as: single precision, or integers of 8 bits as far as the picks allow it. */
export const PRECISIONS = ['fp32', 'int8'] as const;
export type Precision = (typeof PRECISIONS)[number];

/** The same weights in one form. The first artefact of a model is the one that the others are held against: ONNX, fp32. */
export interface Artefact {
  readonly file: string;
  readonly kind: Kind;
  readonly precision: Precision;
  readonly bytes: number;
  /** Hexadecimal. */
  readonly sha256: string;
  /** Most that a score may differ from that of `golden.json`, which the first artefact gave. */
  readonly goldenTolerance: number;
  /** Of TFLite: traces of a window, unless its input is resized to another multiple of `input.traceMultiple`. */
  readonly windowTraces?: number;
  /** How its picks compare with those of the first artefact; none for the first. */
  readonly agreement: readonly Agreement[];
}

export interface Agreement {
  /** What was picked. */
  readonly data: string;
  /** Share, of the traces that the first artefact picked, with a pick within 1 ms of its. */
  readonly withinOneMs: number;
  /** By how much the hit rate within 5 ms rises; undefined where no person picked. */
  readonly hitRateChange?: number;
}

export interface Manifest {
  readonly schema: typeof MANIFEST_SCHEMA;
  /** Word of the `model` column. */
  readonly name: string;
  readonly input: {
    readonly windowVersion: number;
    readonly samples: number;
    readonly channels: readonly string[];
    /** Traces of a window are a multiple of this. */
    readonly traceMultiple: number;
  };
  /** Names of the scores: `onset`, `none`, and what else this model gives. */
  readonly outputs: readonly string[];
  /** Of the shots it was trained on. Others are picked too: windows are cut at any interval. */
  readonly sampleIntervalMs: { readonly least: number; readonly most: number };
  readonly pick: {
    readonly convention: 'onset';
    /** What the training labels mark. */
    readonly label: string;
  };
  /** From raw confidence to the chance of a good pick, both 0–1 and rising from knot to knot; empty when none was fitted. */
  readonly calibration: readonly { readonly raw: number; readonly chance: number }[];
  /** Field sites the calibration was fitted on. */
  readonly calibratedOn: readonly string[];
  readonly weights: number;
  readonly multiplicationsPerTrace: number;
  readonly metrics: readonly Metric[];
  /** Where it fails, a sentence each. */
  readonly limits: readonly string[];
  readonly training: {
    readonly data: string;
    /** Field sites the weights have seen; empty when there are synthetic shots only. */
    readonly sites: readonly string[];
    readonly steps: number;
    readonly windows: number;
    readonly seed: number;
    /** Of all steps together. */
    readonly hours?: number;
    /** What computed: kind of processor or card, and the backend. */
    readonly machine?: string;
    /** All settings of the run. */
    readonly settings: unknown;
  };
  readonly artefacts: readonly Artefact[];
}

export interface Metric {
  readonly name: string;
  readonly value: number;
  /** What it was measured on. */
  readonly data: string;
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
const isTexts = (value: unknown) => Array.isArray(value) && value.every(isText);
const isWhole = (value: unknown) => Number.isSafeInteger(value) && (value as number) > 0;
const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;
const isPositive = (value: unknown) => typeof value === 'number' && Number.isFinite(value) && value > 0;
const isShare = (value: unknown) => typeof value === 'number' && value >= 0 && value <= 1;
const isFileName = (value: unknown) => isText(value) && /^\w[\w.-]*$/.test(value);
const is = (expected: unknown) => (value: unknown) => JSON.stringify(value) === JSON.stringify(expected);
const listOf = (holds: (item: Fields) => boolean) => (value: unknown) =>
  Array.isArray(value) && value.every((item) => typeof item === 'object' && item !== null && holds(item));
const rises = (knots: unknown) =>
  (knots as Manifest['calibration']).every(
    ({ raw, chance }, i, all) => i === 0 || (raw > all[i - 1].raw && chance > all[i - 1].chance),
  );

const isAgreement = listOf(
  ({ data, withinOneMs, hitRateChange }) =>
    isText(data) && isShare(withinOneMs) && (hitRateChange === undefined || Number.isFinite(hitRateChange)),
);
const distinct = (artefacts: readonly Artefact[], of: (artefact: Artefact) => string) =>
  new Set(artefacts.map(of)).size === artefacts.length;

type Fields = Readonly<Record<string, unknown>>;
type Rule = readonly [path: string, holds: (value: unknown) => boolean, expected: string];

/** What this version can run. */
const SUPPORTED: readonly Rule[] = [
  ['schema', is(MANIFEST_SCHEMA), MANIFEST_SCHEMA],
  ['input.windowVersion', is(WINDOW_VERSION), `${WINDOW_VERSION}`],
  ['input.samples', is(SAMPLES), `${SAMPLES}`],
  ['input.channels', is(CHANNELS), JSON.stringify(CHANNELS)],
  ['outputs', (value) => Array.isArray(value) && SCORES.every((name) => value.includes(name)), SCORES.join(' and ')],
  ['pick.convention', is('onset'), 'onset'],
];

/** What a manifest of this schema must have. */
const WELL_FORMED: readonly Rule[] = [
  ['name', isFileName, 'a word of letters, digits, - and .'],
  ['input.traceMultiple', isWhole, 'a whole number above 0'],
  ['sampleIntervalMs.least', isPositive, 'a number above 0'],
  ['sampleIntervalMs.most', isPositive, 'a number above 0'],
  ['pick.label', isText, 'a text'],
  ['calibration', listOf(({ raw, chance }) => isShare(raw) && isShare(chance)), 'a list of {raw, chance} from 0 to 1'],
  ['calibration', rises, 'knots that rise'],
  ['calibratedOn', isTexts, 'a list of names'],
  ['weights', isWhole, 'a whole number above 0'],
  ['multiplicationsPerTrace', isPositive, 'a number above 0'],
  [
    'metrics',
    listOf(({ name, value, data }) => isText(name) && Number.isFinite(value) && isText(data)),
    'a list of {name, value, data}',
  ],
  ['limits', isTexts, 'a list of texts'],
  ['training.data', isText, 'a text'],
  ['training.sites', isTexts, 'a list of names'],
  ['training.steps', isCount, 'a whole number from 0'],
  ['training.windows', isCount, 'a whole number from 0'],
  ['training.seed', isCount, 'a whole number from 0'],
  ['training.hours', (value) => value === undefined || isPositive(value), 'a number above 0'],
  ['training.machine', (value) => value === undefined || isText(value), 'a text'],
  [
    'artefacts',
    listOf(
      ({ file, kind, precision, bytes, sha256: digest }) =>
        isFileName(file) &&
        KINDS.includes(kind as Kind) &&
        PRECISIONS.includes(precision as Precision) &&
        isWhole(bytes) &&
        /^[0-9a-f]{64}$/.test(`${digest}`),
    ),
    `a list of {file, kind ${KINDS.join(' or ')}, precision ${PRECISIONS.join(' or ')}, bytes, sha256}`,
  ],
  ['artefacts', listOf(({ goldenTolerance }) => isPositive(goldenTolerance)), 'a goldenTolerance above 0 for each'],
  ['artefacts', listOf(({ agreement }) => isAgreement(agreement)), 'a list of {data, withinOneMs} for each'],
  [
    'artefacts',
    listOf(({ kind, windowTraces }) => (kind === 'tflite' ? isWhole(windowTraces) : windowTraces === undefined)),
    'windowTraces for TFLite, and for nothing else',
  ],
  ['artefacts', (value) => distinct(value as Manifest['artefacts'], ({ file }) => file), 'files that differ'],
  [
    'artefacts',
    (value) => distinct(value as Manifest['artefacts'], ({ kind, precision }) => `${kind} ${precision}`),
    'one of each kind and precision',
  ],
  ['artefacts.0', (value) => value !== undefined, 'at least one'],
  ['artefacts.0.kind', is('onnx'), 'onnx'],
  ['artefacts.0.precision', is('fp32'), 'fp32'],
];

/** @throws RecordError `malformed` or `unsupported` */
export function readManifest(text: string, file: string): Manifest {
  const manifest = parsed(text, file);
  check(SUPPORTED, 'unsupported', manifest, file);
  check(WELL_FORMED, 'malformed', manifest, file);
  return manifest as unknown as Manifest;
}

function check(rules: readonly Rule[], code: 'unsupported' | 'malformed', manifest: Fields, file: string): void {
  for (const [path, holds, expected] of rules) {
    const value = path.split('.').reduce<unknown>((part, key) => (part as Fields | undefined | null)?.[key], manifest);
    if (!holds(value)) throw new RecordError(code, file, `${path}: expected ${expected}, found ${shown(value)}`);
  }
}

const shown = (value: unknown): string => {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
};

function parsed(text: string, file: string): Fields {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Fields;
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

/** @throws RecordError `malformed` or `truncated` when the bytes are not those the manifest was written for */
export async function checkArtefact(
  bytes: Uint8Array,
  { file, bytes: length, sha256: expected }: Artefact,
  path = file,
): Promise<void> {
  const found = await sha256(bytes);
  if (found === expected) return;
  const lengths = bytes.length === length ? '' : ` (${length} bytes, found ${bytes.length})`;
  throw new RecordError(
    bytes.length < length ? 'truncated' : 'malformed',
    path,
    `expected SHA-256 ${expected}, found ${found}${lengths}`,
  );
}
