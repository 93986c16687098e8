/** `firstbreak sync`: what a station keeps, sent to a folder or to the cloud; again and again without anything being there twice. */

import { UsageError } from '#shared/options.ts';
import { defineCommand, EXIT } from './command.ts';
import { complain, look, print } from './output.ts';

export const command = defineCommand({
  usage: 'DIR|URL [--data DIR]',
  about:
    'Sends the shots, picks, findings and corrections of a station to a folder, or to the cloud (firstbreak serve, or its URL).\n' +
    'Broken off, it goes on where it was; sent again, nothing is there twice. The station must not run meanwhile: it has --sync.',
  options: {
    data: { type: 'string', value: 'DIR', help: 'where the station keeps what it knows (default station)' },
    quiet: { type: 'boolean', help: 'only the sum' },
  },
  async run({ values, positionals }) {
    if (positionals.length !== 1) throw new UsageError(`expected one folder or URL, found ${positionals.length}`);
    const data = values.data ?? 'station';
    if (!look(data)?.isDirectory()) throw new UsageError(`--data: expected the folder of a station, found '${data}'`);
    const [{ lockFolder, openStore }, { sync }] = await Promise.all([
      import('../station/store.ts'),
      import('../station/sync.ts'),
    ]);
    const lock = lockFolder(data);
    const store = openStore(data);
    try {
      const report = await sync(store, await targetOf(positionals[0], data), (line) => {
        if (!values.quiet) complain(`${line}\n`);
      });
      await print(`${sumOf(report)}\n`);
      return report.away.length > 0 ? EXIT.failed : EXIT.fine;
    } finally {
      store.close();
      lock.close();
    }
  },
});

/** The key of the cloud is read from the environment, where other users of the machine do not see it. */
export async function targetOf(word: string, data: string) {
  if (!/^https?:/.test(word)) return (await import('../station/sync-folder.ts')).folderTarget(word);
  const { cloudTarget } = await import('../station/sync-cloud.ts');
  return cloudTarget({ url: word, data, token: process.env.FIRSTBREAK_TOKEN });
}

export const sumOf = ({ sent, known, away }: { sent: number; known: number; away: readonly string[] }): string =>
  `${sent} sent, ${known} known${away.length > 0 ? `, ${away.length} away` : ''}`;
