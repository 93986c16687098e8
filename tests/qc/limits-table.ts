/** All thresholds as docs/qc.md lists them. */
import type { Limit, ProfileName } from '#shared/qc/limit.ts';
import { LIMITS, type LimitName, limitText, PROFILES } from '#shared/qc/profile.ts';
import { markdownTable } from './faults/markdown.ts';

const PRESETS = Object.keys(PROFILES).filter((name) => name !== 'refraction') as Exclude<ProfileName, 'refraction'>[];

export const limitsTable = (): string =>
  markdownTable(
    ['limit', 'value', 'other presets', 'why'],
    (Object.keys(LIMITS) as LimitName[]).map((name) => {
      const { value, in: elsewhere, why }: Limit = LIMITS[name];
      const others = PRESETS.flatMap((preset) =>
        elsewhere?.[preset] === undefined ? [] : [`${preset} ${limitText(elsewhere[preset], name)}`],
      );
      return [`\`${name}\``, limitText(value, name), others.join(', '), why];
    }),
  );
