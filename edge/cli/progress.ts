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

/**
 * `full`: what came of each file as well; `notes`: results on stdout already say it; `quiet`: warnings and errors only;
 * `lines`: as full but never a bar.
 */
export type ProgressMode = 'full' | 'lines' | 'notes' | 'quiet';

/** A bar and results on one terminal would be written through each other. */
export const besideStdout = (): ProgressMode => (process.stdout.isTTY ? 'lines' : 'full');

export async function progressOf(total: number, mode: ProgressMode): Promise<Progress> {
  if (mode === 'quiet') return { ...lines(total), done: () => {}, passedOver: () => {} };
  if (mode === 'notes')
    return {
      ...lines(total),
      done: () => {},
      passedOver: (path) => complain(`${path}: not a shot file, passed over\n`),
    };
  return mode === 'full' && process.stderr.isTTY && total > 1 ? bar(total) : lines(total);
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
  const one = new cliProgress.SingleBar({
    format: '{bar} {value}/{total} {file}',
    barsize: 30,
    stream: process.stderr,
    clearOnComplete: true,
    hideCursor: true,
  });
  let read = 0;
  let last = '';
  one.start(total, 0, { file: '' });
  /** In place of the bar, which is drawn again below it. */
  const say = (line: string) => complain(`\r\x1b[K${line}\n`);
  return {
    done(path, line) {
      read++;
      last = `${path}: ${line}`;
      one.increment(1, { file: path });
    },
    warn: say,
    passedOver: () => one.increment(1),
    stop() {
      one.stop();
      if (read > 0) complain(`${read} of ${total} files read, the last one ${last}\n`);
    },
  };
}
