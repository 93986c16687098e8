/** What the documents promise: the examples of the README run, and docs/cli.md says what --help says. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { COMMANDS } from '#edge/cli/commands.ts';
import { helpOf } from '#shared/options.ts';
import { firstbreak, scratch } from './run.ts';

const read = (file: string) => readFileSync(resolve(import.meta.dirname, '../..', file), 'utf8');

describe('README', () => {
  const folder = scratch();
  afterAll(() => folder.remove());
  const blocks = [...read('README.md').matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, block]) => block);
  const lines = blocks.flatMap((block) => block.trim().split('\n'));

  it('begins with the demo, run by npm start', () => {
    expect(lines[0]).toBe('npm ci && npm start');
    expect(JSON.parse(read('package.json')).scripts.start).toBe('node edge/cli/firstbreak.ts demo');
  });

  it('has an example of each command', () => {
    const used = new Set(lines.flatMap((line) => line.match(/^npx firstbreak (\w+)/)?.[1] ?? []));
    expect([...used, 'demo'].sort()).toEqual(COMMANDS.map(({ name }) => name).sort());
  });

  // One after the other: later examples use what earlier ones made.
  it.each(lines)('%s', async (line) => {
    const args = line === 'npm ci && npm start' ? ['demo'] : line.replace(/^npx firstbreak /, '').split(/\s+/);
    const { code, err } = await firstbreak(args, { cwd: folder.path });
    expect(code, err).toBe(0);
  });
});

describe('docs/cli.md', () => {
  const text = read('docs/cli.md');

  it.each(COMMANDS.map(({ name }) => name))('says of %s what --help says', async (name) => {
    const entry = COMMANDS.find((command) => command.name === name)!;
    expect(text).toContain(`## ${name}\n\n\`\`\`text\n${helpOf(`firstbreak ${name}`, await entry.load())}\`\`\`\n`);
  });
});
