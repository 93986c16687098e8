/** A shot with its picks as PNG bytes, on a canvas where one is installed, which on Lambda it is not. */
import type { TimedShot } from '#shared/gather.ts';
import type { Pick, PickedShot } from '#shared/picks.ts';
import { gatherPng as drawn, type PictureOptions } from '#shared/report/gather-png.ts';
import { PAGE_PICTURE } from '#shared/report/plot-frame.ts';

export const gatherPng = async (
  shot: TimedShot,
  picks: readonly (Pick | undefined)[] | undefined,
  options: PictureOptions,
): Promise<Uint8Array> => drawn(await import('@napi-rs/canvas').catch(() => undefined), shot, picks, options);

/** Of the size of a picture on a page. */
export const picture = ({ file, shot, picks, model: picker }: TimedPicked): Promise<Uint8Array> =>
  gatherPng(shot, picks, { title: file, picker, ...PAGE_PICTURE });

type TimedPicked = PickedShot & { readonly shot: TimedShot };
