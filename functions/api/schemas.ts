/** What goes in and out as JSON: checked at the door, and the source of the OpenAPI description. */
import { z } from '@hono/zod-openapi';
import { CONVENTIONS } from '#shared/picking/convention.ts';
import { PROBLEMS, type ProblemCode } from './problem.ts';

const CODES = Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]];

export const Problem = z
  .object({
    type: z.string().openapi({ example: 'urn:firstbreak:problem:not-recognised' }),
    title: z.string(),
    status: z.int(),
    code: z.enum(CODES),
    detail: z.string().openapi({ description: 'What was expected and what was found, in one line' }),
    requestId: z.string(),
  })
  .openapi('Problem');

/** The refusals of a route, for its description. */
export function refusals(...codes: readonly ProblemCode[]) {
  const entry = (status: number) => {
    const of = codes.filter((code) => PROBLEMS[code].status === status);
    const description = of.map((code) => `\`${code}\`: ${PROBLEMS[code].title}`).join('. ');
    return { description, content: { 'application/problem+json': { schema: Problem } } };
  };
  return Object.fromEntries([...new Set(codes.map((code) => PROBLEMS[code].status))].map((s) => [s, entry(s)]));
}

/** What any route behind authentication may answer. */
export const usual = (...codes: readonly ProblemCode[]) =>
  refusals('bad-request', 'unauthorised', 'forbidden', 'rate-limited', 'internal', ...codes);

const inQuery = <T extends z.ZodType>(number: T) =>
  z.preprocess((text) => (typeof text === 'string' && text.trim() !== '' ? Number(text) : text), number);

const minConfidence = z.number().min(0).max(1);
const timeZero = z.number().min(-1e7).max(1e7);
const sampleInterval = z.number().min(1e-6).max(1e5);

export const Settings = z
  .strictObject({
    minConfidence: minConfidence.optional().openapi({ description: 'Picks below are skipped' }),
    convention: z.enum(CONVENTIONS).optional().openapi({ description: 'What is called the first break' }),
    timeZero: timeZero.optional().openapi({ description: 'Shot instant, ms after the first sample' }),
    sampleInterval: sampleInterval.optional().openapi({ description: 'ms, whatever the file says' }),
  })
  .openapi('Settings');

const number = (schema: z.ZodType<number>, description: string) =>
  inQuery(schema)
    .optional()
    .openapi({ type: 'number', description, param: { required: false } });

/** The same in a query. */
export const SETTINGS_QUERY = {
  minConfidence: number(minConfidence, 'Picks below are skipped'),
  convention: Settings.shape.convention,
  timeZero: number(timeZero, 'Shot instant, ms after the first sample'),
  sampleInterval: number(sampleInterval, 'ms, whatever the file says'),
};

/** What a file is called: one line without control characters, as it stands in tables. */
export const FileName = z
  .string()
  .min(1)
  .max(255)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it refuses
  .regex(/^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]+$/, 'expected no control characters');

export const Version = z
  .object({
    name: z.literal('firstbreak'),
    version: z.string(),
    model: z.object({ name: z.string(), digest: z.string().nullable() }),
    runtime: z.string(),
  })
  .openapi('Version');

export const Health = z
  .object({
    status: z.enum(['ok', 'failed']),
    golden: z.object({ off: z.number(), most: z.number() }).openapi({
      description: 'Largest difference from the scores that the model gave when it was made, and the most it may be',
    }),
    ms: z.number(),
  })
  .openapi('Health');

export const Ready = z.object({ status: z.enum(['ready', 'not-ready']) }).openapi('Ready');

/** `undefined` left out, as `exactOptionalPropertyTypes` has it. */
export function present<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
