/** Picking as the commands share it: which picker, what is trusted, shot after shot. */
import type { Problem } from '#shared/errors.ts';
import { type Recording, type Shot, type TimedShot, timed } from '#shared/gather.ts';
import { choiceOption, numberOption, type OptionTable, type OptionValues } from '#shared/options.ts';
import { CONVENTIONS, type Convention } from '#shared/picking/convention.ts';
import { type Picker, pickShot } from '#shared/picking/pick-shot.ts';
import type { PickedShot } from '#shared/picks.ts';
import { openPicker, PICKER_OPTIONS, type PickerChoice, pickerChoice } from './opening.ts';
import { distinctProblems } from './reading.ts';

export const PICK_OPTIONS = {
  ...PICKER_OPTIONS,
  convention: {
    type: 'string',
    value: 'NAME',
    help: 'what is called the first break: onset (default), trough, peak, zero-crossing or dominant (first strong wave)',
  },
  'min-confidence': { type: 'string', value: 'P', help: 'skip picks with a confidence below P, 0 to 1' },
} as const satisfies OptionTable;

export interface Picking {
  readonly picker: Picker;
  readonly minConfidence: number;
  readonly convention: Convention;
}
export type PickingChoice = Omit<Picking, 'picker'> & { readonly choice: PickerChoice };

/** @throws UsageError */
export function pickingOf(values: OptionValues<typeof PICK_OPTIONS>): PickingChoice {
  const choice = pickerChoice(values);
  const minConfidence = numberOption('min-confidence', values['min-confidence'], { min: 0, max: 1 }) ?? 0;
  const convention = choiceOption('convention', values.convention ?? 'onset', CONVENTIONS);
  return { choice, minConfidence, convention };
}

/** @throws RecordError when the model that was asked for cannot be used */
export const openPicking = async ({ choice, ...rest }: PickingChoice): Promise<Picking> => ({
  ...rest,
  picker: await openPicker(choice),
});

export type TimedPickedShot = PickedShot & { readonly shot: TimedShot };

/** @throws RecordError */
export async function pickTimed(file: string, read: Shot, { picker, ...options }: Picking): Promise<TimedPickedShot> {
  const shot = timed(read, file);
  return { ...(await pickShot(file, shot, picker, options)), shot };
}

/** Picks the shots of a file one after the other. @throws RecordError */
export async function* pickedShots(
  recording: Recording,
  file: string,
  picking: Picking,
): AsyncGenerator<TimedPickedShot> {
  for await (const shot of recording.shots()) yield pickTimed(file, shot, picking);
}

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
