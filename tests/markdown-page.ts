/** Tables that a command writes into a page of docs/, between two marks. */
import { readFileSync, writeFileSync } from 'node:fs';

export function writeBetweenMarks(page: string, name: string, table: string): void {
  const place = new URL(`../docs/${page}`, import.meta.url);
  const [begin, end] = [`<!-- ${name} begins -->`, `<!-- ${name} ends -->`];
  const text = readFileSync(place, 'utf8');
  const [before, after] = [text.indexOf(begin), text.indexOf(end)];
  if (before < 0 || after < 0) throw new RangeError(`docs/${page}: expected the marks ${begin} and ${end}, found none`);
  writeFileSync(place, `${text.slice(0, before + begin.length)}\n\n${table}\n\n${text.slice(after)}`);
}
