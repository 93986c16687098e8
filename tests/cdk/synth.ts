/** The stacks as `npm run cdk` makes them, without its command line; bundle, page and archives are folders of small files. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { App, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { wishesOf } from '../../cdk/context.ts';
import { PipelineStack } from '../../cdk/pipeline.ts';
import { stacksOf } from '../../cdk/stacks.ts';

/** A public key, as `firstbreak models keygen` writes it: one that nobody has the other half of. */
const KEY = 'MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=';

/** The file of a key, for as long as `use` takes. */
export function withKey<T>(use: (file: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'firstbreak-key-'));
  try {
    const file = join(folder, 'key.pub.pem');
    writeFileSync(file, `-----BEGIN PUBLIC KEY-----\n${KEY}\n-----END PUBLIC KEY-----\n`);
    return use(file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Prod, with functions that follow the registry. */
export const synthesiseProd = (wishes: Readonly<Record<string, unknown>> = {}): Synthesised =>
  withKey((trust) => synthesise({ stage: 'prod', trust, ...wishes }));

export const root = resolve(import.meta.dirname, '../..');

export interface Synthesised {
  readonly app: App;
  /** By the last word of the stack's name. */
  readonly templates: ReadonlyMap<string, Template>;
}

/** Files of the folders that are brought to AWS; of the archives those that are signed, and what else lies there. */
const FILES = [
  'bundle/lambda.mjs',
  'layer.zip',
  'page/index.html',
  'page/assets/index-1.js',
  'bundles/firstbreak-win-x64.zip',
  'bundles/firstbreak-win-x64/app/left.zip',
];
const LIST = ['bundles/bundles.json', 'bundles/bundles.json.sig'];

/** @param wishes what `-c name=value` gives */
export function synthesise(
  wishes: Readonly<Record<string, unknown>> = {},
  { signed = true }: { readonly signed?: boolean } = {},
): Synthesised {
  const scratch = mkdtempSync(join(tmpdir(), 'firstbreak-cdk-'));
  try {
    for (const file of [...FILES, ...(signed ? LIST : [])]) {
      mkdirSync(dirname(join(scratch, file)), { recursive: true });
      writeFileSync(join(scratch, file), file);
    }
    const { context } = JSON.parse(readFileSync(join(root, 'cdk/cdk.json'), 'utf8'));
    const app = new App({ context: { ...context, ...wishes }, analyticsReporting: false });
    const asked = wishesOf(app.node);
    const places = {
      layer: join(scratch, 'layer.zip'),
      bundle: join(scratch, 'bundle'),
      page: join(scratch, 'page'),
      bundles: join(scratch, 'bundles'),
    };
    const { pipeline } = asked;
    if (pipeline) {
      const stack = new PipelineStack(app, 'firstbreak-pipeline', { ...asked, pipeline }, '0.0.0', places);
      return { app, templates: new Map([['pipeline', Template.fromStack(stack)]]) };
    }
    const stacks = stacksOf(app, asked, '0.0.0', places);
    return { app, templates: new Map(stacks.map((stack) => [partOf(stack), Template.fromStack(stack)])) };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

const partOf = (stack: Stack): string => stack.stackName.split('-').at(-1)!;

export interface Resource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: a template is whatever CloudFormation takes
  readonly Properties: any;
  readonly DeletionPolicy?: string;
}

/** All resources of a type, in all templates, by their logical names. */
export const resourcesOf = ({ templates }: Synthesised, type: string): readonly (readonly [string, Resource])[] =>
  [...templates.values()].flatMap((template) => Object.entries(template.findResources(type)) as [string, Resource][]);
