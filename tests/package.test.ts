/** What is packed: all that runs and every model that ships, and nothing that only develops. */
import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');

describe('the package', () => {
  const [{ files }] = JSON.parse(
    execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: root, encoding: 'utf8' }),
  );
  const packed = new Set<string>(files.map(({ path }: { path: string }) => path));

  it('holds the code, the models and their cards', () => {
    const wanted = globSync(['shared/**/*.*', '{edge,functions,cdk,training}/**/*.ts'], {
      cwd: root,
      exclude: (path) => /[\\/](dist|cdk\.out)$/.test(path),
    });
    expect(wanted).toContain('edge/cli/firstbreak.ts');
    expect(wanted.filter((path) => !packed.has(path.replaceAll('\\', '/')))).toEqual([]);
    for (const path of ['README.md', 'LICENSE', 'package.json', 'docs/cli.md']) expect(packed).toContain(path);
  });

  it('holds neither tests nor data of the machine it is packed on', () => {
    expect(
      [...packed].filter((path) =>
        /^(tests|node_modules|out|demo|coverage|\.ci|(edge|functions)\/dist|cdk\/cdk\.out)\//.test(path),
      ),
    ).toEqual([]);
  });

  it('lets others import the domain and the models by their paths', () => {
    const { exports } = JSON.parse(readFileSync(resolve(root, 'package.json'), 'utf8'));
    expect(exports['./shared/*']).toBe('./shared/*');
    expect(import.meta.resolve('firstbreak/shared/gather.ts')).toBe(
      new URL('../shared/gather.ts', import.meta.url).href,
    );
  });
});
