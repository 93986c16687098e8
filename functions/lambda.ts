/**
 * The Lambda bundle: five functions of one package. What takes time is done when a function starts, before its first event:
 * weights are read, held against their digest and made ready to run.
 */

/** The model and the pages lie beside the bundle. */
const folder = import.meta.dirname;

/** Which of the functions this one is, as Lambda says it: `lambda.queue`. Each loads what it needs alone. */
const role = process.env._HANDLER?.split('.').at(-1);
const none = () => {
  const expected = 'lambda.http, lambda.stream, lambda.queue, lambda.step or lambda.guard';
  throw new Error(`expected _HANDLER to be ${expected}, found ${process.env._HANDLER}`);
};
const opened = async () => (await import('./lambda/here.ts')).openHere(`${folder}/model`);

export const http = role === 'http' ? (await import('./lambda/http.ts')).httpHandler(await opened(), folder) : none;
export const stream =
  role === 'stream' ? (await import('./lambda/http.ts')).streamHandler(await opened(), folder) : none;
export const queue = role === 'queue' ? (await import('./lambda/queue.ts')).queueHandler(await opened()) : none;
export const step = role === 'step' ? (await import('./lambda/step.ts')).stepHandler(await opened()) : none;
export const guard = role === 'guard' ? (await import('./lambda/guard.ts')).guardHandler() : none;
