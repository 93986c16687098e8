/**
 * The Lambda bundle: four functions of one package. What takes time is done when a function starts, before its first event:
 * weights are read, held against their digest and made ready to run.
 */
import { openHere } from './lambda/here.ts';

/** The model and the pages lie beside the bundle. */
const folder = import.meta.dirname;
const here = await openHere(`${folder}/model`);

/** Which of the functions this one is, as Lambda says it: `lambda.queue`. Each loads what it needs alone. */
const role = process.env._HANDLER?.split('.').at(-1);
const none = () => {
  throw new Error(
    `expected _HANDLER to be lambda.http, lambda.stream, lambda.queue or lambda.step, found ${process.env._HANDLER}`,
  );
};

export const http = role === 'http' ? (await import('./lambda/http.ts')).httpHandler(here, folder) : none;
export const stream = role === 'stream' ? (await import('./lambda/http.ts')).streamHandler(here, folder) : none;
export const queue = role === 'queue' ? (await import('./lambda/queue.ts')).queueHandler(here) : none;
export const step = role === 'step' ? (await import('./lambda/step.ts')).stepHandler(here) : none;
