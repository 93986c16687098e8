/** How well two people agree: where a site's table has several passes over a trace, the second one is scored against the first. */
import { join } from 'node:path';
import { readPickFile } from '#shared/report/pick-file.ts';
import type { ReferencePick } from '#shared/report/reference-pick.ts';
import { type Agreement, score } from '#shared/report/score.ts';
import { filesBelow, isDirectory, textOf } from '../files.ts';
import type { Site } from './sites.ts';

/** Over the traces that both picked; undefined where there are none. */
export function secondPass({ path }: Site): Agreement | undefined {
  const table = join(path, 'picks.csv');
  if (!isDirectory(path) || !filesBelow(path).includes(table)) return undefined;
  const passes = [
    ...Map.groupBy(
      readPickFile(textOf(table), table).filter(({ time, sample }) => time !== undefined || sample !== undefined),
      ({ file, trace }) => `${file} ${trace}`,
    ).values(),
  ].flatMap((rows): (readonly [ReferencePick, ReferencePick])[] => {
    const other = rows.find(({ picker }) => picker !== rows[0].picker);
    return other ? [[rows[0], other]] : [];
  });
  if (passes.length === 0) return undefined;
  return score(
    passes.map(([, second]) => second),
    passes.map(([first]) => first),
  ).all;
}
