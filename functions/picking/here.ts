/** Picks in this process, one file after the other: for a function that serves one request at a time. */
import type { PickerHere } from '../models.ts';
import { answerPicks } from './answer.ts';
import type { AboutPicker, PickService } from './service.ts';

export function pickHere({ picker, check }: PickerHere): PickService {
  let last: Promise<unknown> = Promise.resolve();
  return {
    pick(request) {
      const turn = last.then(() => answerPicks(picker, request));
      last = turn.catch(() => {});
      return turn;
    },
    check,
    about: aboutOf(picker),
    close: async () => {},
  };
}

export const aboutOf = ({ name, learned }: PickerHere['picker']): AboutPicker => ({
  name,
  digest: learned?.digest ?? null,
  runtime: learned?.runtime ?? 'javascript',
});
