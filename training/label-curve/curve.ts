/**
 * Label efficiency, top to bottom: for each site that is held out, seed, start and amount of labels a picker learns from those
 * labels and picks the other half of the shots.
 */
import { setImmediate } from 'node:timers/promises';
import type { LabelledShot } from '../data/labelled.ts';
import type { FieldSite } from '../train/field.ts';
import { amountOf, halvesOf, labelsGiven, labelsIn, randomOrder } from './amounts.ts';
import type { Cell, CellLog, Chooser, CurveSettings, Place } from './cells.ts';
import { hitsOn, inMemory, rememberedGuides, taught } from './learn-and-pick.ts';
import { copiesOf, lessonOf, syntheticLessons } from './lessons.ts';
import { type OpenedStart, openStart, type Start } from './starts.ts';
import { suggestedOrder } from './suggested-order.ts';

export interface CurvePlan {
  readonly sites: readonly FieldSite[];
  readonly starts: readonly Start[];
  readonly amounts: readonly string[];
  readonly choosers: readonly Chooser[];
  /** Seeds 1 to this. */
  readonly seeds: number;
  readonly settings: CurveSettings;
  /** Of pickers from random weights. @default those of the shipped picker */
  readonly widths?: readonly number[];
}

export interface CurveOptions {
  readonly log: CellLog;
  /** Called with each cell of the plan, those that were known among them. */
  readonly onCell?: (cell: Cell, done: number, all: number, known: boolean) => void;
  /** Stops after the cell under way. */
  readonly signal?: AbortSignal;
}

interface Task extends Place {
  readonly on: FieldSite;
  readonly from: OpenedStart;
}

/** @returns whether all cells are there @throws RecordError before the first cell when a start has seen a site */
export async function labelCurve(plan: CurvePlan, { log, onCell, signal }: CurveOptions): Promise<boolean> {
  const tasks = tasksOf(plan);
  for (const { on, from, ...place } of tasks) log.find(place, { digest: on.record.digest, how: from.how });
  const copies = new Map(plan.sites.map((site) => [site, copiesOf(site.shots, plan.settings.copies)]));
  const guides = rememberedGuides();
  const made = syntheticLessons(plan.settings.traces);
  const suggested = new Map<OpenedStart, readonly LabelledShot[]>();
  let done = 0;
  for (const { on, from, ...place } of tasks) {
    await setImmediate(); // some backends never wait, and signals would not be heard
    if (signal?.aborted) return false;
    const facts = { digest: on.record.digest, how: from.how };
    const known = log.find(place, facts);
    const cell = known ?? { ...place, ...facts, ...(await measure(place, on, from)) };
    if (!known) log.add(cell);
    onCell?.(cell, ++done, tasks.length, known !== undefined);
  }
  return true;

  async function measure({ seed, amount, chooser }: Place, on: FieldSite, from: OpenedStart) {
    const begun = performance.now();
    const { pool, test } = halvesOf(on.shots, seed);
    if (chooser === 'suggest' && !suggested.has(from)) suggested.set(from, await suggestedOrder(pool, from, guides));
    const order = chooser === 'random' ? randomOrder(pool, seed) : suggested.get(from)!;
    const given = labelsGiven(order, amountOf(amount), seed);
    const parameters =
      given.length === 0
        ? from.start
        : await taught(from, (k) =>
            lessonOf(given, copies.get(on)!, plan.settings, seed, k, { share: from.synthetic, made }),
          );
    const { picker, close } = await inMemory(parameters, from.picker, guides);
    const hits = await hitsOn(test, picker);
    await close();
    return {
      labels: given.reduce((sum, { labels }) => sum + labels, 0),
      pool: labelsIn(pool),
      ...hits,
      seconds: Math.round((performance.now() - begun) / 100) / 10,
    };
  }
}

/** Seed by seed, so that a curve that is stopped shows all of some seeds rather than some of all. */
function tasksOf({ sites, starts, amounts, choosers, seeds, settings, widths }: CurvePlan): readonly Task[] {
  const tasks: Task[] = [];
  for (let seed = 1; seed <= seeds; seed++)
    for (const on of sites)
      for (const start of starts) {
        const from = openStart(start, on, seed, { steps: settings.steps, ...(widths && { widths }) });
        for (const chooser of choosers)
          for (const amount of amounts) {
            const size = amountOf(amount);
            const none = size.kind === 'share' && size.percent === 0;
            // Without labels only a picker picks, and nobody has chosen them.
            if ((none || chooser === 'suggest') && !from.picks) continue;
            if (none && chooser !== 'random') continue;
            tasks.push({ on, from, site: on.record.name, start: start.name, seed, amount, chooser });
          }
      }
  return tasks;
}
