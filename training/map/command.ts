/** `firstbreak train map`: where the gathers of a survey stand among each other, and which stand apart. */

import { choiceOption, numberOption, UsageError } from '#shared/options.ts';
import { BACKEND_NAMES, startBackend } from '../backend.ts';
import { defineCommand, EXIT } from '../command.ts';
import { writeWhole } from '../files.ts';
import { bestAutoencoder } from '../pretrain/autoencoder-run.ts';
import { readCorpus } from '../pretrain/corpus.ts';
import { progressLine } from '../train/progress-line.ts';
import { mapOf } from './map.ts';
import { mapPage } from './page.ts';

export const command = defineCommand({
  summary: 'gathers of a survey in the plane, odd ones found without labels',
  usage: 'FILE|DIR… --from RUN --out FILE.html [--json FILE]',
  about:
    'Gives each shot the code an autoencoder has for it (train pretrain autoencoder), and writes a page with the codes in the plane,\n' +
    'coloured by site, noise and FFID, and the shots that stand apart, with the likely reason. The page needs nothing else.',
  options: {
    from: { type: 'string', value: 'RUN', help: 'run of an autoencoder' },
    out: { type: 'string', value: 'FILE.html', help: 'the page' },
    json: { type: 'string', value: 'FILE', help: 'scores, reasons and places as JSON as well' },
    pictures: {
      type: 'string',
      value: 'N',
      help: 'small pictures of at most N gathers, odd ones first (default 1000)',
    },
    seed: { type: 'string', value: 'S', help: 'of UMAP (default 1)' },
    backend: { type: 'string', value: 'NAME', help: `auto (default), ${BACKEND_NAMES.join(', ')}` },
    quiet: { type: 'boolean', help: 'no progress' },
  },
  async run({ values, positionals }) {
    const { from, out } = values;
    if (positionals.length === 0) throw new UsageError('expected files or folders of shots, found none');
    if (from === undefined) throw new UsageError('expected --from RUN, found none');
    if (out === undefined || !/\.html?$/i.test(out))
      throw new UsageError(`--out: expected FILE.html, found ${out ?? 'nothing'}`);
    const progress = progressLine(values.quiet === true);
    const network = bestAutoencoder(from);
    const { gathers } = await readCorpus(positionals, ({ message }) => progress.warn(message));
    const backend = await startBackend(choiceOption('backend', values.backend ?? 'auto', ['auto', ...BACKEND_NAMES]));
    progress.say(backend.about);
    const map = await mapOf(gathers, network, {
      seed: numberOption('seed', values.seed, { min: 0, max: 2 ** 31 - 1, whole: true }) ?? 1,
      pictures: numberOption('pictures', values.pictures, { min: 0, whole: true }) ?? 1000,
      onGather: (done) => progress.show(done === gathers.length, () => [`${done} of ${gathers.length} gathers`]),
    });
    progress.end();
    writeWhole(out, mapPage(map));
    if (values.json !== undefined) writeWhole(values.json, `${JSON.stringify(plain(map), null, 1)}\n`);
    const odd = map.gathers.filter(({ odd }) => odd).sort((a, b) => b.score - a.score);
    for (const { gather, score, why } of odd)
      process.stdout.write(
        `${gather.site}: ${gather.file}, FFID ${gather.shot.ffid ?? '?'}: ${score.toFixed(1)}; ${why.join('; ')}\n`,
      );
    progress.say(`${odd.length} of ${gathers.length} gathers are odd; ${out} shows them`);
    return EXIT.fine;
  },
});

const plain = ({ gathers, embeddings }: Awaited<ReturnType<typeof mapOf>>) => ({
  schema: 'firstbreak.map/1',
  gathers: gathers.map(({ gather, code, amiss, signalToNoise, distance, score, odd, why }, i) => ({
    site: gather.site,
    file: gather.file,
    ffid: gather.shot.ffid,
    digest: gather.digest,
    score,
    odd,
    why,
    distance,
    amiss,
    signalToNoise,
    places: Object.fromEntries(embeddings.map(({ name, points }) => [name, points[i]])),
    code: [...code],
  })),
});
