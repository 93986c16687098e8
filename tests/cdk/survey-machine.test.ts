/**
 * The state machine of surveys, as the template has it: valid, and run on this machine over real files, with the very function that
 * Lambda calls. What a local interpreter lacks is lowered first: the list of objects comes as an array in place of an item reader.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import aslValidator from 'asl-validator';
import { StateMachine } from 'aws-local-stepfunctions';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { step } from '#functions/pick-object.ts';
import { directoryStore } from '#functions/store/directory.ts';
import type { SurveyResult } from '#functions/work/line.ts';
import type { Pointer } from '#functions/work/pointer.ts';
import { pointerKey } from '#functions/work/result-keys.ts';
import type { Task } from '#functions/work/task.ts';
import { everyObject, getJson, type ObjectStore } from '#shared/object-store.ts';
import { classicalPicker } from '#shared/picking/classical.ts';
import { firstbreak, scratch } from '../cli/run.ts';
import { lineBytes, shotBytes } from '../cloud/made-survey.ts';
import { resourcesOf, synthesise } from './synth.ts';

const FUNCTION = 'arn:aws:lambda:eu-central-1:123456789012:function:step:live';
/** A shot of 24 traces takes 28,800 bytes: 3 shots a shard. */
const SIZES = { whole: 100_000, shard: 86_400 };
const SHOTS = 9;
/** Three shards and a file: each is a part to be judged. */
const PARTS = 4;

// biome-ignore lint/suspicious/noExplicitAny: the language of the machine, which the validator knows
type Asl = any;
let asl: Asl;
const folder = scratch();
let line: Buffer;

beforeAll(async () => {
  asl = definitionOf();
  line = await lineBytes(SHOTS);
}, 600_000);
afterAll(folder.remove);

/** What CloudFormation would make of the template's text, with a function and a bucket of that name. */
function definitionOf(): Asl {
  const machines = resourcesOf(synthesise(), 'AWS::StepFunctions::StateMachine');
  const [[, { Properties }]] = machines;
  const parts: readonly unknown[] = Properties.DefinitionString['Fn::Join'][1];
  const text = parts.map((part) => {
    if (typeof part === 'string') return part;
    const reference = JSON.stringify(part);
    if (reference.includes('AWS::Partition')) return 'aws';
    if (reference.includes('Live')) return FUNCTION;
    return 'a-bucket';
  });
  return JSON.parse(text.join(''));
}

const STEPS = ['File', 'PickShard', 'Merge', 'Survey', 'JudgePart', 'Line'];

/** Lists come as arrays, and nothing is written at the end. */
function lowered(machine: Asl): Asl {
  const { ItemReader: _, ResultWriter: __, ...files } = machine.States.Files;
  return { ...machine, States: { ...machine.States, Files: { ...files, ItemsPath: '$.objects' } } };
}

async function survey(store: ObjectStore, prefix: string, work: (task: Task) => Promise<readonly Task[]>) {
  const objects: { Key: string; Size: number }[] = [];
  for await (const { key, size } of everyObject(store, prefix)) objects.push({ Key: key, Size: size });
  const machine = new StateMachine(lowered(asl), { validationOptions: { checkArn: false, checkPaths: true } });
  const run = machine.run(
    { prefix, objects },
    {
      overrides: {
        taskResourceLocalHandlers: Object.fromEntries(
          STEPS.map((name) => [name, async (task) => ({ tasks: [...(await work(task as Task))] as never[] })]),
        ),
        retryIntervalOverrides: Object.fromEntries(STEPS.map((name) => [name, [0, 1, 1]])),
      },
    },
  );
  return run.result;
}

const picks = (store: ObjectStore) => (task: Task) =>
  step({ ...task, part: '' }, { surveys: store, results: store, picker: classicalPicker, sizes: SIZES });

describe('the definition', () => {
  it('is valid, as the template has it', () => {
    const { isValid, errorsText } = aslValidator(asl);
    expect(isValid, errorsText('\n')).toBe(true);
  });

  it('reads the objects of the prefix it is given, and writes what failed', () => {
    const { Files } = asl.States;
    expect(Files.ItemReader).toMatchObject({
      Resource: 'arn:aws:states:::s3:listObjectsV2',
      Parameters: { Bucket: 'a-bucket', 'Prefix.$': '$.prefix' },
    });
    expect(Files.ResultWriter).toMatchObject({
      Parameters: { Prefix: 'surveys' },
      WriterConfig: { OutputType: 'JSONL', Transformation: 'COMPACT' },
    });
    expect(Files).toMatchObject({ MaxConcurrency: 5, ToleratedFailurePercentage: 100 });
    for (const map of [Files, Files.ItemProcessor.States.Shards, asl.States.Parts])
      expect(map.ItemProcessor.ProcessorConfig).toEqual({ Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' });
    expect(Files.ItemProcessor.States.Shards.MaxConcurrency).toBe(8);
  });
});

describe('run over a survey', () => {
  let store: ObjectStore;
  const done: Task[] = [];

  beforeAll(async () => {
    store = await directoryStore(join(folder.path, 'store'));
    await store.put('line/line.sgy', line);
    await store.put('line/shot.sg2', shotBytes());
    await store.put('line/notes.txt', new TextEncoder().encode('rain in the afternoon, no shots before two'));
    await store.put('elsewhere/shot.sg2', shotBytes());
    const faults = new Set<string>();
    await survey(store, 'line/', async (task) => {
      // Each task fails once, as a function that is cut off does.
      const name = JSON.stringify(task);
      if (!faults.has(name)) {
        faults.add(name);
        throw Object.assign(new Error('cut off'), { name: 'Lambda.ServiceException' });
      }
      done.push(task);
      return picks(store)(task);
    });
  }, 60_000);

  it('does each step, the failed ones again, and nothing of other prefixes', () => {
    const kinds = done.map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'file')).toHaveLength(3);
    expect(kinds.filter((kind) => kind === 'shard')).toHaveLength(SHOTS / 3);
    expect(kinds.filter((kind) => kind === 'merge')).toHaveLength(1);
    expect(kinds.slice(kinds.indexOf('survey'))).toEqual(['survey', ...Array(PARTS).fill('judge'), 'line']);
    expect(JSON.stringify(done)).not.toContain('elsewhere');
  });

  it('leaves the picks of the command line beside what was picked, and a reason beside what was not', async () => {
    const told = async (key: string) => (await getJson<Pointer>(store, pointerKey(key)))!.value;
    const whole = await told('line/line.sgy');
    if (whole.state !== 'picked') throw new Error('not picked');
    writeFileSync(join(folder.path, 'line.sgy'), line);
    const { out } = await firstbreak(['pick', '--quiet', '--picker', 'classical', 'line.sgy'], { cwd: folder.path });
    expect(new TextDecoder().decode(await store.get(`results/${whole.result}/picks.csv`))).toBe(out);
    expect((await told('line/shot.sg2')).state).toBe('picked');
    expect(await told('line/notes.txt')).toMatchObject({ state: 'failed', error: { code: 'not-recognised' } });
  });

  it('judges all of it together, as firstbreak qc does', async () => {
    const survey = (await getJson<SurveyResult>(store, 'line/survey.firstbreak.json'))!.value;
    expect(survey).toMatchObject({ files: 2, shots: SHOTS + 1 });
    mkdirSync(join(folder.path, 'line'));
    writeFileSync(join(folder.path, 'line/line.sgy'), line);
    writeFileSync(join(folder.path, 'line/shot.sg2'), shotBytes());
    const args = ['qc', '--quiet', '--json', '--picker', 'classical', '--line-json', 'lines.json', 'line'];
    const { out } = await firstbreak(args, { cwd: folder.path });
    expect((await getJson(store, survey.results.qc))!.value).toEqual(JSON.parse(out));
    const lines = JSON.parse(readFileSync(join(folder.path, 'lines.json'), 'utf8'));
    expect((await getJson(store, survey.results.lines))!.value).toEqual(lines);
  });

  it('once more changes nothing, and passes over what it has written itself', async () => {
    const before = await keys();
    const again: Task[] = [];
    await survey(store, 'line/', (task) => {
      again.push(task);
      return picks(store)(task);
    });
    expect(await keys()).toEqual(before);
    expect(again.flatMap((task) => (task.kind === 'file' ? task.key : [])).sort()).toEqual([
      'line/line.sgy',
      'line/notes.txt',
      'line/shot.sg2',
    ]);
  });

  async function keys(): Promise<readonly string[]> {
    const found: string[] = [];
    for await (const { key, etag } of everyObject(store, '')) found.push(`${key} ${etag}`);
    return found;
  }
});
