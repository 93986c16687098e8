/** The command line as users run it, in a process of its own: how long it took, when the first result came, what it used. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');
export const BINARY = join(ROOT, 'edge/cli/firstbreak.ts');

export interface Run {
  /** To its end, and to its first byte on stdout. */
  readonly seconds: number;
  readonly firstOutput: number;
  readonly out: string;
  /** Where `reportsUsage` was put before the script. */
  readonly usage: { readonly peakMiB: number; readonly processorSeconds: number } | undefined;
}

/** Options of Node that make a script tell what it used when it ends. */
export const reportsUsage = [
  '--import',
  `data:text/javascript,${encodeURIComponent(
    "import { writeSync } from 'node:fs'; process.on('exit', () => writeSync(3, JSON.stringify(process.resourceUsage())));",
  )}`,
];

/** On one core, where the system can say so. */
export const onOneCore = (command: string, args: readonly string[]): [command: string, args: readonly string[]] =>
  existsSync('/usr/bin/taskset') ? ['/usr/bin/taskset', ['-c', '0', command, ...args]] : [command, args];

/** Fails when the command ends with none of `codes`. `keep`: collects stdout, else only its length matters. */
export async function run(
  command: string,
  args: readonly string[],
  { keep = false, codes = [0] }: { keep?: boolean; codes?: readonly (number | null)[] } = {},
): Promise<Run> {
  const started = performance.now();
  const child = spawn(command, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe', 'pipe'] });
  let firstOutput = Number.NaN;
  const out: string[] = [];
  let err = '';
  let told = '';
  child.stdout?.on('data', (chunk) => {
    if (Number.isNaN(firstOutput)) firstOutput = (performance.now() - started) / 1000;
    if (keep) out.push(String(chunk));
  });
  child.stderr?.on('data', (chunk) => (err = (err + chunk).slice(-2000)));
  child.stdio[3]?.on('data', (chunk) => (told += chunk));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  const seconds = (performance.now() - started) / 1000;
  if (!codes.includes(code)) throw new Error(`${command} ${args.join(' ')}: exit code ${code}: ${err}`);
  const usage: NodeJS.ResourceUsage | undefined = told ? JSON.parse(told) : undefined;
  return {
    seconds,
    firstOutput,
    out: out.join(''),
    usage: usage && {
      peakMiB: usage.maxRSS / 1024,
      processorSeconds: (usage.userCPUTime + usage.systemCPUTime) / 1e6,
    },
  };
}
