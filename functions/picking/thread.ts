/** What a thread of `threads.ts` does: it opens the picker once and answers, one question after the other. */
import { parentPort, workerData } from 'node:worker_threads';
import { openPickerHere, type PickerHere, type RuntimeName } from '../models.ts';
import { answerPicks, type PickAnswer, type PickRequest } from './answer.ts';
import { aboutOf } from './here.ts';
import type { AboutPicker, Check } from './service.ts';
import { type Reply, sent } from './threads.ts';

export type Question = { readonly kind: 'pick'; readonly request: PickRequest } | { readonly kind: 'check' | 'about' };
export type Answer = PickAnswer | Check | AboutPicker;

const { model, runtime } = workerData as { readonly model?: string; readonly runtime?: RuntimeName };
let opened: Promise<PickerHere> | undefined;

async function answer(question: Question): Promise<Answer> {
  const { picker, check } = await (opened ??= openPickerHere(model, runtime));
  if (question.kind === 'pick') return answerPicks(picker, question.request);
  return question.kind === 'check' ? check() : aboutOf(picker);
}

parentPort!.on('message', async (question: Question) => {
  try {
    const result = await answer(question);
    const reply: Reply<Answer> = { ok: true, answer: result };
    // Small arrays are often parts of a buffer that others use as well.
    parentPort!.postMessage('body' in result ? { ...reply, answer: { ...result, body: result.body.slice() } } : reply);
  } catch (error) {
    parentPort!.postMessage({ ok: false, error: sent(error) } satisfies Reply<Answer>);
  }
});
