/** How a run goes, on stderr: one line that changes on a terminal, a line every few seconds elsewhere. */
import type { StepMetrics } from '../train.ts';
import type { RunState } from './checkpoint.ts';

export interface RunProgress {
  say(line: string): void;
  /** Said however quiet. */
  warn(line: string): void;
  step(metrics: StepMetrics, state: RunState): void;
  end(): void;
}

/** Seconds between lines where they stay. */
const EVERY = 10;
/** Steps over which loss and speed are averaged. */
const OVER = 50;

export function progressOn(quiet: boolean): RunProgress {
  const { stderr } = process;
  const warn = (line: string) => stderr.write(`firstbreak train: ${line}\n`);
  if (quiet) return { say: () => {}, warn, step: () => {}, end: () => {} };
  const recent: StepMetrics[] = [];
  let shown = 0;
  let open = false;
  const end = () => {
    if (open) stderr.write('\n');
    open = false;
  };
  return {
    warn(line) {
      end();
      warn(line);
    },
    say(line) {
      end();
      stderr.write(`${line}\n`);
    },
    step(metrics, { settings, validation, best }) {
      recent.push(metrics);
      if (recent.length > OVER) recent.shift();
      const { steps } = settings.schedule;
      const now = performance.now();
      if (!stderr.isTTY && !validation && now - shown < 1000 * EVERY && metrics.step < steps) return;
      shown = now;
      const mean = (value: (each: StepMetrics) => number) =>
        recent.reduce((sum, each) => sum + value(each), 0) / recent.length;
      const perStep = mean(({ stepMs }) => stepMs);
      const line = [
        `step ${metrics.step}/${steps}`,
        `loss ${mean(({ loss }) => loss).toFixed(3)}`,
        ...(validation
          ? [`validation ${validation.loss.toFixed(3)}`, `within 2 bins ${percent(validation.within[2])}`]
          : []),
        ...(validation?.watched ? [`on watched sites ${percent(validation.watched.within[2])}`] : []),
        ...(validation && best?.step === metrics.step ? ['best so far'] : []),
        `${((1000 * settings.batch.windows) / perStep).toFixed(1)} windows/s`,
        `${duration((steps - metrics.step) * perStep)} left`,
      ].join('  ');
      open = stderr.isTTY && !validation;
      stderr.write(stderr.isTTY ? `\r\x1b[K${line}${validation ? '\n' : ''}` : `${line}\n`);
    },
    end,
  };
}

const percent = (share: number) => `${(100 * share).toFixed(0)} %`;

/** h:mm:ss */
function duration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  const two = (value: number) => `${Math.floor(value)}`.padStart(2, '0');
  return `${Math.floor(seconds / 3600)}:${two((seconds / 60) % 60)}:${two(seconds % 60)}`;
}
