/** How a run of the picker goes, on stderr. */
import type { StepMetrics } from '../train.ts';
import type { RunState } from './checkpoint.ts';
import { duration, percent, progressLine } from './progress-line.ts';

export interface RunProgress {
  say(line: string): void;
  /** Said however quiet. */
  warn(line: string): void;
  step(metrics: StepMetrics, state: RunState): void;
  end(): void;
}

/** Steps over which loss and speed are averaged. */
const OVER = 50;

export function progressOn(quiet: boolean): RunProgress {
  const line = progressLine(quiet);
  const recent: StepMetrics[] = [];
  return {
    ...line,
    step(metrics, { settings, validation, best }) {
      recent.push(metrics);
      if (recent.length > OVER) recent.shift();
      const { steps } = settings.schedule;
      line.show(validation !== undefined || metrics.step === steps, () => {
        const mean = (value: (each: StepMetrics) => number) =>
          recent.reduce((sum, each) => sum + value(each), 0) / recent.length;
        const perStep = mean(({ stepMs }) => stepMs);
        return [
          `step ${metrics.step}/${steps}`,
          `loss ${mean(({ loss }) => loss).toFixed(3)}`,
          ...(validation
            ? [`validation ${validation.loss.toFixed(3)}`, `within 2 bins ${percent(validation.within[2])}`]
            : []),
          ...(validation?.watched ? [`on watched sites ${percent(validation.watched.within[2])}`] : []),
          ...(validation && best?.step === metrics.step ? ['best so far'] : []),
          `${((1000 * settings.batch.windows) / perStep).toFixed(1)} windows/s`,
          `${duration((steps - metrics.step) * perStep)} left`,
        ];
      });
    },
  };
}
