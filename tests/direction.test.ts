/** Who may import whom, and that the domain runs in a browser. */
import { globSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { build, type Plugin, type Rollup } from 'vite';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const ROOMS = ['shared', 'training', 'functions', 'edge', 'cdk', 'tests'] as const;
type Room = (typeof ROOMS)[number];

/** Rooms a room may import from. */
const MAY: Readonly<Record<Room, readonly Room[]>> = {
  shared: ['shared'],
  training: ['training', 'shared'],
  functions: ['functions', 'shared'],
  edge: ['edge', 'shared'],
  cdk: ['cdk'],
  tests: ROOMS,
};

/** Inside shared: a part imports itself and what stands before it. */
const ORDER = [
  ['units', 'errors'],
  ['source', 'object-store', 'gather', 'picks'],
  ['formats', 'signal', 'model'],
  ['picking'],
  ['qc'],
  ['report'],
] as const;

interface Import {
  readonly from: string;
  /** A file of the repository, or the name of a package. */
  readonly to: string;
  readonly inside: boolean;
  readonly typeOnly: boolean;
}

const STATEMENT =
  /(?:^|[\n;])\s*(?:import|export)\s+(type\s)?[^'"`;]*?from\s*['"]([^'"]+)['"]|(?:^|[\n;])\s*import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/g;

function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
  return [...text.matchAll(STATEMENT)].map((match) => {
    const specifier = match[2] ?? match[3] ?? match[4];
    const inside = /^[.#]/.test(specifier);
    const path = specifier.startsWith('#') ? specifier.slice(1) : join(dirname(file), specifier);
    return { from: file, to: inside ? path : specifier, inside, typeOnly: match[1] !== undefined };
  });
}

const files = globSync(
  ROOMS.map((room) => `${room}/**/*.{ts,tsx}`),
  // What was built of them lies among them.
  { cwd: root, exclude: (path) => /(^|[\\/])(dist|cdk\.out)$/.test(path) },
).map((file) => file.replaceAll('\\', '/'));
const imports = files.flatMap(importsOf);
const roomOf = (path: string) => path.split('/')[0] as Room;
const partOf = (path: string) => path.split('/')[1].replace(/\.ts$/, '');
const rankOf = (path: string) => ORDER.findIndex((parts) => (parts as readonly string[]).includes(partOf(path)));

describe('import direction', () => {
  it('sees the imports it is about', () => {
    const kinds = importsOf('edge/cli/reading.ts').map(({ to }) => to);
    expect(kinds).toContain('shared/formats/open.ts');
    expect(kinds).toContain('edge/files.ts');
    expect(importsOf('edge/cli/commands.ts').map(({ to }) => to)).toContain('edge/cli/pick.ts');
    expect(importsOf('edge/files.ts').map(({ to }) => to)).toContain('node:fs');
  });

  it('rooms import only the rooms they may', () => {
    const wrong = imports.filter(
      ({ from, to, inside, typeOnly }) =>
        inside &&
        ROOMS.includes(roomOf(to)) &&
        !MAY[roomOf(from)].includes(roomOf(to)) &&
        // The types of function environments may cross to cdk.
        !(roomOf(from) === 'cdk' && roomOf(to) === 'functions' && typeOnly),
    );
    expect(wrong).toEqual([]);
  });

  it('parts of shared import only what stands before them', () => {
    const shared = imports.filter(({ from, inside }) => roomOf(from) === 'shared' && inside);
    expect(shared.filter(({ from }) => rankOf(from) < 0).map(({ from }) => from)).toEqual([]);
    const wrong = shared.filter(
      ({ from, to }) =>
        rankOf(to) > rankOf(from) || (rankOf(from) > 1 && rankOf(to) === rankOf(from) && partOf(to) !== partOf(from)),
    );
    expect(wrong).toEqual([]);
  });

  it('shared knows neither Node nor AWS', () => {
    const wrong = imports.filter(({ from, to }) => roomOf(from) === 'shared' && /^node:|^@aws|^fs$|^path$/.test(to));
    expect(wrong).toEqual([]);
  });
});

/** Modules of Node, and modules left out, that a bundle of these files for the browser asks for. */
async function leftOutside(entries: readonly string[]): Promise<string[]> {
  const asked: string[] = [];
  const watch: Plugin = {
    name: 'asks-for-node',
    enforce: 'pre',
    resolveId(id, importer) {
      if (isBuiltin(id)) asked.push(`${importer?.slice(root.length + 1)}: ${id}`);
      return null;
    },
  };
  const result = (await build({
    root,
    configFile: false,
    logLevel: 'silent',
    plugins: [watch],
    build: {
      write: false,
      minify: false,
      target: 'esnext',
      lib: {
        entry: Object.fromEntries(entries.map((file) => [file.replace(/\.ts$/, ''), join(root, file)])),
        formats: ['es'],
      },
    },
  })) as Rollup.RollupOutput | Rollup.RollupOutput[];
  const chunks = [result]
    .flat()
    .flatMap(({ output }) => output)
    .filter((part) => part.type === 'chunk');
  const names = new Set(chunks.map(({ fileName }) => fileName));
  expect(chunks.length).toBeGreaterThanOrEqual(entries.length);
  const external = chunks.flatMap(({ fileName, imports, dynamicImports }) =>
    [...imports, ...dynamicImports].filter((target) => !names.has(target)).map((target) => `${fileName}: ${target}`),
  );
  return [...asked, ...external];
}

describe('shared in a browser', () => {
  it('bundles as a whole without a module of Node', async () => {
    expect(await leftOutside(files.filter((file) => roomOf(file) === 'shared'))).toEqual([]);
  });

  it('would be noticed otherwise', async () => {
    expect(await leftOutside(['edge/files.ts'])).toContain('edge/files.ts: node:fs');
  });
});
