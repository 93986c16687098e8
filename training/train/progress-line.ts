/** A line on stderr about something long: it changes in place on a terminal, elsewhere one is added every few seconds. */

export interface ProgressLine {
  say(line: string): void;
  /** Said however quiet. */
  warn(line: string): void;
  /**
   * @param lasting to be seen afterwards as well, so always written
   * @param words made when they are written
   */
  show(lasting: boolean, words: () => readonly string[]): void;
  end(): void;
}

/** Seconds between lines where they stay. */
const EVERY = 10;

export function progressLine(quiet: boolean): ProgressLine {
  const { stderr } = process;
  const complain = (line: string) => stderr.write(`firstbreak train: ${line}\n`);
  if (quiet) return { say: () => {}, warn: complain, show: () => {}, end: () => {} };
  let shown = 0;
  let open = false;
  const end = () => {
    if (open) stderr.write('\n');
    open = false;
  };
  return {
    warn(line) {
      end();
      complain(line);
    },
    say(line) {
      end();
      stderr.write(`${line}\n`);
    },
    show(lasting, words) {
      const now = performance.now();
      if (!stderr.isTTY && !lasting && now - shown < 1000 * EVERY) return;
      shown = now;
      const line = words().join('  ');
      open = stderr.isTTY && !lasting;
      stderr.write(stderr.isTTY ? `\r\x1b[K${line}${lasting ? '\n' : ''}` : `${line}\n`);
    },
    end,
  };
}

export const percent = (share: number) => `${(100 * share).toFixed(0)} %`;

/** h:mm:ss */
export function duration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  const two = (value: number) => `${Math.floor(value)}`.padStart(2, '0');
  return `${Math.floor(seconds / 3600)}:${two((seconds / 60) % 60)}:${two(seconds % 60)}`;
}
