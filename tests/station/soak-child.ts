/** The station of a soak, in a process of its own that is killed: `node soak-child.ts DATA FOLDER…`; prints its address. */
import { pickerChoice } from '#edge/cli/opening.ts';
import { PATIENCE } from '#edge/station/intake.ts';
import { serveStation } from '#edge/station/server.ts';
import { openStation } from '#edge/station/station.ts';

const [data, ...folders] = process.argv.slice(2);
const station = await openStation({
  folders,
  data,
  choice: pickerChoice({ picker: 'classical' }),
  version: 'soak',
  pollMs: 250,
  patience: { ...PATIENCE, cut: 4000, cutNext: 2500, whole: 400 },
});
const { urls } = await serveStation(station, { port: 0, page: undefined });
process.stdout.write(`${urls[0]}\n`);
