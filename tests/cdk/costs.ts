/** `npm run costs`: writes docs/costs.md from the templates. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Built, builtOf, costPage } from '../../cdk/costs.ts';
import { root, type Synthesised, synthesiseProd } from './synth.ts';

export const COST_PAGE = join(root, 'docs/costs.md');

export const builtIn = ({ templates }: Synthesised): Built =>
  builtOf([...templates.values()].flatMap((template) => Object.values(template.toJSON().Resources) as never[]));

if (import.meta.main) writeFileSync(COST_PAGE, costPage(builtIn(synthesiseProd())));
