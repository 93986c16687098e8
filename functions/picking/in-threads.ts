/** Picks in worker threads, so that the process goes on answering meanwhile. */
import type { RuntimeName } from '../models.ts';
import type { PickAnswer } from './answer.ts';
import type { AboutPicker, Check, PickService } from './service.ts';
import type { Answer, Question } from './thread.ts';
import { threads } from './threads.ts';

export interface PickThreadsOptions {
  /** Folder of a model. @default the one that ships */
  readonly model?: string | undefined;
  /** @default 'onnx-web' */
  readonly runtime?: RuntimeName;
  readonly count: number;
  /** Requests that may wait. @default 32 */
  readonly waiting?: number;
  /** For one file. @default 60 s */
  readonly timeoutMs?: number;
}

/** Opens the model in one thread, so that what is wrong with it is told now. @throws RecordError */
export async function pickInThreads({
  model,
  runtime,
  count,
  waiting = 32,
  timeoutMs = 60_000,
}: PickThreadsOptions): Promise<PickService> {
  const module = new URL('./thread.ts', import.meta.url);
  const pool = threads<Question, Answer>({ module, data: { model, runtime }, count, waiting });
  try {
    const about = (await pool.ask({ kind: 'about' })) as AboutPicker;
    return {
      about,
      check: async () => (await pool.ask({ kind: 'check' }, { timeoutMs })) as Check,
      async pick(request, signal) {
        const whole = request.bytes.byteLength === request.bytes.buffer.byteLength;
        const transfer = whole && request.bytes.buffer instanceof ArrayBuffer ? [request.bytes.buffer] : [];
        return (await pool.ask({ kind: 'pick', request }, { transfer, timeoutMs, signal })) as PickAnswer;
      },
      close: pool.close,
    };
  } catch (error) {
    await pool.close();
    throw error;
  }
}
