/** Picking as the commands share it: which picker, what is trusted, shot after shot. */
import type { Problem } from '#shared/errors.ts';
import { type Recording, type TimedShot, timed } from '#shared/gather.ts';
import type { Picker } from '#shared/picking/pick-shot.ts';
import type { Pick, PickedShot } from '#shared/picks.ts';
import { choiceOption, numberOption, type OptionTable, type OptionValues } from './command.ts';
import { distinctProblems } from './reading.ts';

const PICKERS: Readonly<Record<'classical' | 'sta-lta' | 'aic', () => Promise<Picker>>> = {
  classical: async () => (await import('#shared/picking/pickers.ts')).classicalPicker,
  'sta-lta': async () => (await import('#shared/picking/pickers.ts')).staLtaPicker,
  aic: async () => (await import('#shared/picking/pickers.ts')).aicPicker,
};
type PickerName = keyof typeof PICKERS;
const NAMES = Object.keys(PICKERS) as PickerName[];

export const PICK_OPTIONS = {
  picker: {
    type: 'string',
    value: 'NAME',
    help: 'classical (default: whole gather, needs no settings), sta-lta or aic (single traces, for comparison)',
  },
  'min-confidence': { type: 'string', value: 'P', help: 'skip picks with a confidence below P, 0 to 1' },
} as const satisfies OptionTable;

export interface Picking {
  readonly picker: Picker;
  readonly minConfidence: number;
}

/** @throws UsageError */
export async function pickingOf(values: OptionValues<typeof PICK_OPTIONS>): Promise<Picking> {
  const name = choiceOption('picker', values.picker ?? 'classical', NAMES);
  const minConfidence = numberOption('min-confidence', values['min-confidence'], { min: 0, max: 1 }) ?? 0;
  return { picker: await PICKERS[name](), minConfidence };
}

export type TimedPickedShot = PickedShot & { readonly shot: TimedShot };

/** Picks the shots of a file one after the other. @throws RecordError */
export async function* pickedShots(
  recording: Recording,
  file: string,
  { picker, minConfidence }: Picking,
): AsyncGenerator<TimedPickedShot> {
  for await (const read of recording.shots()) {
    const shot = timed(read, file);
    const picks = (await picker.pick(shot)).map((pick) => trusted(pick, minConfidence));
    yield { file, shot, picks, model: picker.name };
  }
}

const trusted = (pick: Pick, minConfidence: number): Pick =>
  pick.kind === 'picked' && pick.confidence < minConfidence ? { kind: 'skipped', reason: 'low-confidence' } : pick;

/** Counts what came of the traces, for a line to read. */
export function tally() {
  let traces = 0;
  let picked = 0;
  let shots = 0;
  const skipped = new Map<string, number>();
  const problems: Problem[] = [];
  return {
    add({ shot, picks }: PickedShot): void {
      shots++;
      traces += picks.length;
      problems.push(...shot.problems);
      for (const pick of picks) {
        if (pick.kind === 'picked') picked++;
        else skipped.set(pick.reason, (skipped.get(pick.reason) ?? 0) + 1);
      }
    },
    /** Distinct ones of all shots. */
    problems: () => distinctProblems(problems),
    line(): string {
      const reasons = [...skipped].map(([reason, count]) => `${count} ${reason}`);
      return `${shots > 1 ? `${shots} shots, ` : ''}${traces} traces, ${[`${picked} picked`, ...reasons].join(', ')}`;
    },
  };
}
