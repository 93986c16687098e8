/** Both models measured now, on this machine, by the training program as a child: what the gate reads when releases bring no report. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ModelFiles, REPORT_FILE } from '#shared/model/release.ts';
import { writeModelFolder } from './folder.ts';

const PROGRAM = fileURLToPath(new URL('../../training/cli.ts', import.meta.url));

/** The same models, each with the report of this measurement. @param data folder of the frozen sites */
export async function evaluated(models: readonly ModelFiles[], data: string): Promise<readonly ModelFiles[]> {
  if (!existsSync(PROGRAM))
    throw new Error(`--evaluate needs the training program: expected ${PROGRAM}, found no such file`);
  const scratch = await mkdtemp(join(tmpdir(), 'firstbreak-gate-'));
  try {
    const named = models.map((files, i) => ({ files, name: `model-${i + 1}`, folder: join(scratch, `${i + 1}`) }));
    for (const { files, folder } of named) await writeModelFolder(folder, files);
    const page = join(scratch, 'accuracy.md');
    await ended([
      'evaluate',
      data,
      ...named.flatMap(({ name, folder }) => ['--model', `${name}=${folder}`]),
      '--picker',
      'classical',
      '--quiet',
      '--out',
      page,
    ]);
    const report = new Uint8Array(await readFile(join(scratch, 'accuracy.json')));
    return models.map((files) => new Map([...files, [REPORT_FILE, report]]));
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function ended(args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0
        ? resolve()
        : reject(new Error(`firstbreak train evaluate: expected a report, found exit code ${code}`)),
    );
  });
}
