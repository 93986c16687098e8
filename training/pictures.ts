/** Labelled shots as pictures: one, or many side by side for the eye to compare. */
import type { Pick } from '#shared/picks.ts';
import { type PlotContext, plotGather } from '#shared/report/plot-gather.ts';
import type { Label, LabelledShot } from './data/labelled.ts';

export interface PictureOptions {
  /** Of each shot, in points. @default 480 */
  readonly width?: number;
  /** @default 360 */
  readonly height?: number;
  /** Pixels a point. @default 1 */
  readonly scale?: number;
  /** Shots side by side. @default 4 */
  readonly columns?: number;
  /** The whole record, not only around the first breaks. @default false */
  readonly full?: boolean;
}

/** PNG bytes: the shots row by row, their labels as dots. */
export async function sheetPng(
  shots: readonly LabelledShot[],
  { width = 480, height = 360, scale = 1, columns = 4, full = false }: PictureOptions = {},
): Promise<Uint8Array> {
  const { createCanvas, GlobalFonts } = await import('@napi-rs/canvas');
  const size = { width: Math.round(width * scale), height: Math.round(height * scale) };
  const across = Math.min(columns, shots.length);
  const sheet = createCanvas(across * size.width, Math.ceil(shots.length / across) * size.height);
  const ctx = sheet.getContext('2d');
  for (const [i, { shot, labels, site, file }] of shots.entries()) {
    const one = createCanvas(size.width, size.height);
    plotGather(one.getContext('2d') as unknown as PlotContext, shot, labels.map(asPick), {
      ...size,
      scale,
      full,
      fontless: GlobalFonts.families.length === 0,
      title: file === '' ? site : `${site}: ${file}`,
    });
    ctx.drawImage(one, (i % across) * size.width, Math.floor(i / across) * size.height);
  }
  return sheet.encode('png');
}

/** What the label is to reports: an unknown one was looked at and not to be trusted. */
export const asPick = (label: Label): Pick =>
  label.kind === 'onset'
    ? { kind: 'picked', time: label.time, confidence: 1 }
    : { kind: 'skipped', reason: label.kind === 'dead' ? 'dead' : 'low-confidence' };
