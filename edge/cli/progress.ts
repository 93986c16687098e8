/** What is seen on stderr while files are read: a bar on a terminal, lines elsewhere, warnings in both. */
import { complain } from './output.ts';

export interface Progress {
  /** A file is done; `line` says what came of it. */
  done(path: string, line: string): void;
  /** Shown whatever the mode. */
  warn(line: string): void;
  /** A file is no shot; not shown when quiet. */
  passedOver(path: string): void;
  stop(): void;
}

/** `full`: what came of each file as well; `notes`: results on stdout already say it; `quiet`: warnings and errors only. */
export type ProgressMode = 'full' | 'notes' | 'quiet';

export async function progressOf(total: number, mode: ProgressMode): Promise<Progress> {
  if (mode === 'quiet') return { ...lines(total), done: () => {}, passedOver: () => {} };
  if (mode === 'notes')
    return {
      ...lines(total),
      done: () => {},
      passedOver: (path) => complain(`${path}: not a shot file, passed over\n`),
    };
  return process.stderr.isTTY && total > 1 ? bar(total) : lines(total);
}

function lines(total: number): Progress {
  let count = 0;
  const say = (line: string) => complain(`${line}\n`);
  return {
    done: (path, line) => say(`[${++count}/${total}] ${path}: ${line}`),
    warn: say,
    passedOver: (path) => say(`[${++count}/${total}] ${path}: not a shot file, passed over`),
    stop: () => {},
  };
}

async function bar(total: number): Promise<Progress> {
  const { default: cliProgress } = await import('cli-progress');
  const bars = new cliProgress.MultiBar({
    format: '{bar} {value}/{total} {file}',
    barsize: 30,
    stream: process.stderr,
    clearOnComplete: true,
    hideCursor: true,
  });
  const one = bars.create(total, 0, { file: '' });
  const say = (line: string) => bars.log(`${line}\n`);
  return {
    done: (path) => one.increment(1, { file: path }),
    warn: say,
    passedOver(path) {
      one.increment(1);
      say(`${path}: not a shot file, passed over`);
    },
    stop: () => bars.stop(),
  };
}
