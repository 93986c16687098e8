/** `firstbreak plot`: shots of one file as pictures. */
import { timed } from '#shared/gather.ts';
import { numberOption, UsageError } from '#shared/options.ts';
import { picksOfShot } from '#shared/report/picks-of-shot.ts';
import { defineCommand, openOptions, READ_OPTIONS } from './command.ts';
import { refuseInputs } from './inputs.ts';
import { writeFile } from './output.ts';
import { readPicks } from './pick-tables.ts';
import { openPicking, PICK_OPTIONS, pickingOf, pickTimed } from './picking.ts';
import { readEach } from './reading.ts';
import { gatherPng, STYLE_OPTION, styleOf } from './render.ts';

export const command = defineCommand({
  usage: 'FILE [--picks PICKS] --out FILE.png',
  about:
    'Draws each shot of a file, with picks as red dots: those of a table, or freshly picked ones when none is given.\n' +
    'Further shots of the file get their FFID in the name of the picture.',
  options: {
    out: { type: 'string', value: 'FILE.png', help: 'the picture' },
    picks: { type: 'string', value: 'FILE', help: 'picks in any format that is read: CSV, JSON, .sgt …' },
    ...STYLE_OPTION,
    full: { type: 'boolean', help: 'the whole record, not only around the first breaks' },
    width: { type: 'string', value: 'POINTS', help: 'width of the picture (default 1100)' },
    height: { type: 'string', value: 'POINTS', help: 'height of the picture (default 720)' },
    ...PICK_OPTIONS,
    ...READ_OPTIONS,
  },
  async run({ values, positionals }) {
    const { out } = values;
    if (positionals.length !== 1) throw new UsageError(`expected one file, found ${positionals.length}`);
    if (out === undefined || !/\.png$/i.test(out))
      throw new UsageError(`--out: expected FILE.png, found ${out ?? 'nothing'}`);
    const [path] = positionals;
    const files = [{ path, named: true }];
    await refuseInputs(out, files);
    const given = values.picks === undefined ? undefined : readPicks(values.picks);
    const options = openOptions(values);
    const choice = pickingOf(values);
    const look = {
      title: path,
      style: styleOf(values),
      full: values.full === true,
      width: numberOption('width', values.width, { min: 400, max: 10_000, unit: 'points' }) ?? 1100,
      height: numberOption('height', values.height, { min: 300, max: 10_000, unit: 'points' }) ?? 720,
    };
    const picking = given ? undefined : await openPicking(choice);
    const picker = picking?.picker.name ?? values.picks ?? '';
    return readEach(files, {
      options,
      async read(recording, _file, progress) {
        const names: string[] = [];
        for await (const read of recording.shots()) {
          const shot = timed(read, path);
          const picks = picking ? (await pickTimed(path, shot, picking)).picks : picksOfShot(given!, shot, path);
          if (given && picks.every((pick) => pick === undefined))
            progress.warn(`${path}: ${values.picks} holds no picks of FFID ${shot.ffid ?? '?'}`);
          const which = shot.ffid === undefined ? names.length + 1 : `ffid${shot.ffid}`;
          let name = names.length === 0 ? out : out.replace(/\.png$/i, `-${which}.png`);
          if (names.includes(name)) name = out.replace(/\.png$/i, `-${which}-${names.length + 1}.png`);
          await writeFile(name, await gatherPng(shot, picks, { ...look, picker }));
          names.push(name);
        }
        return names.join(', ');
      },
    });
  },
});
