/** The subcommands of `firstbreak models`, one after the other. */
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { ALIASES, type AliasName } from '#shared/model/alias.ts';
import type { HeldAlias, Registry } from '#shared/model/registry.ts';
import { isRegistryError, type ModelFiles, RegistryError } from '#shared/model/release.ts';
import { keyIdOf, makeKeyPair } from '#shared/model/signing.ts';
import { type OptionTable, type OptionValues, UsageError } from '#shared/options.ts';
import { shippedOr } from '../models.ts';
import { checkBundles, signBundles } from './bundles.ts';
import { evaluated } from './evaluate.ts';
import { filesIn, readModelFolder } from './folder.ts';
import { type Contender, judge, TOLERANCES, type Tolerances, tableOf } from './gate.ts';
import { licencesOf } from './licences.ts';
import { trusted } from './open.ts';
import {
  defineSubcommand,
  EXIT,
  REGISTRY_OPTIONS,
  registryOf,
  type Subcommand,
  shareOption,
  trustOf,
  WHO_OPTION,
} from './program.ts';
import { currentOf, pull, pullAs, usePrevious } from './pull.ts';
import { fileSigner, programSigner, publicKeyOf } from './signers.ts';
import { tryGolden, windowMsOf } from './try-model.ts';

const say = (line: string) => void process.stdout.write(`${line}\n`);
const short = (digest: string) => digest.slice(0, 12);
const mover = (by: string | undefined) => ({ by: by ?? userInfo().username, at: new Date().toISOString() });
const isAlias = (word: string): word is AliasName => (ALIASES as readonly string[]).includes(word);

/** A digest by an alias, by its first digits or in full. */
async function digestOf(registry: Registry, word: string): Promise<string> {
  if (isAlias(word)) {
    const { release } = (await registry.alias(word)).alias;
    if (release) return release;
    throw new RegistryError('unknown', word, `expected a release in ${registry.name}, found none`);
  }
  if (!/^[0-9a-f]{6,64}$/.test(word))
    throw new UsageError(`expected stable, canary or six digits of a digest or more, found '${word}'`);
  if (word.length === 64) return word;
  const found: string[] = [];
  for await (const digest of registry.digests()) if (digest.startsWith(word)) found.push(digest);
  if (found.length === 1) return found[0];
  throw new RegistryError('unknown', word, `expected one release in ${registry.name}, found ${found.length}`);
}

const oneWord = (positionals: readonly string[], what: string, missing?: string): string => {
  const [word = missing, ...more] = positionals;
  if (word === undefined || more.length > 0) throw new UsageError(`expected one ${what}, found ${positionals.length}`);
  return word;
};

const noWord = (positionals: readonly string[]): void => {
  if (positionals.length > 0) throw new UsageError(`expected no argument, found '${positionals[0]}'`);
};

const keygen = defineSubcommand({
  summary: 'a pair of keys to sign releases with',
  usage: '--out KEY.pem',
  about: 'Writes KEY.pem, which signs and stays where it is, and KEY.pub.pem for everybody who is to trust it.',
  options: { out: { type: 'string', value: 'KEY.pem', help: 'the private key' } },
  async run({ values: { out }, positionals }) {
    noWord(positionals);
    if (!out?.endsWith('.pem')) throw new UsageError(`expected --out KEY.pem, found ${out ?? 'none'}`);
    if (existsSync(publicKeyOf(out))) throw new Error(`${publicKeyOf(out)}: expected no such file, found one`);
    const { privatePem, publicPem } = await makeKeyPair();
    await writeFile(out, privatePem, { mode: 0o600, flag: 'wx' }).catch((cause: NodeJS.ErrnoException) => {
      throw new Error(`${out}: expected a new file, found ${cause.code === 'EEXIST' ? 'one' : cause.message}`, {
        cause,
      });
    });
    await writeFile(publicKeyOf(out), publicPem);
    say(`key ${await keyIdOf(publicPem, out)}: ${out}, ${publicKeyOf(out)}`);
    return EXIT.fine;
  },
});

const list = defineSubcommand({
  summary: 'releases, and which of them are stable and canary',
  usage: '[--json]',
  about:
    'One line a release, after its signature and its own digest were checked; those that fail are listed with what is wrong.',
  options: { ...REGISTRY_OPTIONS, json: { type: 'boolean', help: 'as JSON, with the history of the aliases' } },
  async run({ values, positionals }) {
    noWord(positionals);
    const registry = await registryOf(values);
    const aliases = await Promise.all(ALIASES.map(async (name) => (await registry.alias(name)).alias));
    const releases = [];
    for await (const digest of registry.digests()) {
      const named = aliases.filter(({ release }) => release === digest).map(({ name }) => name);
      try {
        const { name, files, licences } = await registry.release(digest);
        releases.push({
          digest,
          name,
          bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
          licences,
          aliases: named,
        });
      } catch (error) {
        if (!isRegistryError(error)) throw error;
        releases.push({ digest, problem: { code: error.code, message: error.message }, aliases: named });
      }
    }
    if (values.json) say(JSON.stringify({ registry: registry.name, aliases, releases }, null, 2));
    else if (releases.length === 0) say(`${registry.name} holds no releases`);
    else
      for (const each of releases)
        say(
          [
            short(each.digest),
            'problem' in each ? each.problem.message : `${each.name}, ${each.bytes.toLocaleString('en')} bytes`,
            ...each.aliases.map((name) => {
              const { share } = aliases.find((alias) => alias.name === name)!;
              return share === undefined ? name : `${name} (${(100 * share).toFixed(0)} % of the jobs)`;
            }),
          ].join('  '),
        );
    return EXIT.fine;
  },
});

const KEY_OPTIONS = {
  key: { type: 'string', value: 'KEY.pem', help: 'signs; the public key lies beside it' },
  'sign-by': {
    type: 'string',
    value: 'COMMAND',
    help: 'signs instead: reads stdin, prints base64; --key is then KEY.pub.pem',
  },
} as const satisfies OptionTable;

/** Who signs, and the file of the public key. @throws UsageError */
async function signerBy({ key, 'sign-by': program }: OptionValues<typeof KEY_OPTIONS>) {
  if (key === undefined) throw new UsageError(`expected --key ${program ? 'KEY.pub.pem' : 'KEY.pem'}, found none`);
  return program
    ? { signer: await programSigner(program, key), publicKey: key }
    : { signer: await fileSigner(key), publicKey: publicKeyOf(key) };
}

const publish = defineSubcommand({
  summary: 'a model folder becomes a signed release',
  usage: 'MODEL_DIR|NAME --key KEY.pem [--report accuracy.json] [--licences SITES.json] [--canary SHARE]',
  about:
    'Refused without metrics, golden scores that come out again here, or a licence of each site it has learnt from. The same folder is\n' +
    'the same release, however often it is published. NAME is that of a model that ships. KEY.pub.pem is trusted as well.',
  options: {
    ...REGISTRY_OPTIONS,
    ...KEY_OPTIONS,
    report: { type: 'string', value: 'FILE', help: 'of firstbreak train evaluate, for the gate' },
    run: { type: 'string', value: 'RUN', help: 'it was exported from: goes along, so that others can fine-tune it' },
    licences: { type: 'string', multiple: true, value: 'FILE', help: 'a table of sites with their licences' },
    licence: { type: 'string', multiple: true, value: 'SITE=TEXT', help: 'of one site' },
    canary: { type: 'string', value: 'SHARE', help: 'make it canary for this share of the jobs, 0 to 1' },
    ...WHO_OPTION,
  },
  async run({ values, positionals }) {
    const folder = shippedOr(oneWord(positionals, 'MODEL_DIR'));
    const share = values.canary === undefined ? undefined : shareOption('canary', values.canary);
    const { signer, publicKey } = await signerBy(values);
    const trust = [...(values.trust ?? []), publicKey];
    const registry = await registryOf({ ...values, trust });
    const files = await readModelFolder(folder, values);
    const licences = await licencesOf(values.licences ?? [], values.licence ?? []);
    await tryGolden(files, folder);
    const { digest, release, fresh, healed } = await registry.publish(files, { licences, signer, where: folder });
    await registry.release(digest); // what the signer gave is held against the public key
    say(`${release.name} ${digest}${fresh ? '' : ' (published before)'}`);
    for (const file of healed) say(`${file}: it lay there damaged, and is whole again`);
    if (share !== undefined) {
      await registry.set('canary', digest, { ...mover(values.by), share });
      say(`canary: ${short(digest)}, ${(100 * share).toFixed(0)} % of the jobs`);
    }
    return EXIT.fine;
  },
});

const promote = defineSubcommand({
  summary: 'a release becomes stable, if the gate lets it pass',
  usage: '[canary|DIGEST] [--evaluate DATA] [--or-end | --canary SHARE]',
  about:
    'Holds the candidate against the present stable release: hit rates of each site, what confidence is worth, time, size. Worse beyond\n' +
    'tolerance is refused with the table; exit code 3, while 1 says that nothing was decided. The numbers come from the reports the releases were published with, or are\n' +
    'measured now. The first stable release has nothing to be held against.',
  options: {
    ...REGISTRY_OPTIONS,
    evaluate: { type: 'string', value: 'DATA', help: 'measure both now, on the sites in this folder' },
    tolerances: { type: 'string', value: 'FILE.json', help: `other tolerances: ${Object.keys(TOLERANCES).join(', ')}` },
    'or-end': { type: 'boolean', help: 'a canary that is refused gets no more jobs' },
    canary: { type: 'string', value: 'SHARE', help: 'no gate: canary for this share of the jobs, not stable' },
    ...WHO_OPTION,
  },
  async run({ values, positionals }) {
    const word = oneWord(positionals, 'release', 'canary');
    const orEnd = values['or-end'] === true;
    if (orEnd && values.canary !== undefined)
      throw new UsageError('expected --or-end or --canary SHARE, found both: one ends a canary, the other begins one');
    if (orEnd && word !== 'canary')
      throw new UsageError('--or-end: expected the canary that may become stable, found another release');
    const registry = await registryOf(values);
    // As it is judged: a canary that takes its place meanwhile goes on.
    const judged = orEnd ? await registry.alias('canary') : undefined;
    if (judged?.alias.release === null) {
      process.stderr.write('firstbreak models: the canary has ended already; stable is as it was\n');
      return EXIT.refused;
    }
    const digest = judged?.alias.release ?? (await digestOf(registry, word));
    if (values.canary !== undefined) {
      const share = shareOption('canary', values.canary);
      await registry.set('canary', digest, { ...mover(values.by), share });
      say(`canary: ${short(digest)}, ${(100 * share).toFixed(0)} % of the jobs`);
      return EXIT.fine;
    }
    const tolerances = await tolerancesOf(values.tolerances);
    // Seen before the gate, which takes its time: a move meanwhile is a race that this one loses.
    const from = await registry.alias('stable');
    const present = from.alias.release;
    if (present === digest) {
      say(`stable: ${short(digest)} already`);
      return EXIT.fine;
    }
    const files = await registry.files(digest);
    if (
      !(await isGolden(files, short(digest))) ||
      (present !== null && !(await passes(registry, present, { digest, files }, values.evaluate, tolerances)))
    ) {
      const still = present === null ? 'no release is stable' : `stable is still ${short(present)}`;
      process.stderr.write(`firstbreak models: ${short(digest)} is refused; ${still}\n`);
      if (judged) await endCanary(registry, judged, values.by);
      return EXIT.refused;
    }
    if (present === null) say('stable: nothing to be held against');
    await registry.set('stable', digest, { ...mover(values.by), from });
    say(`stable: ${short(digest)}`);
    // What is stable now needs no share of the jobs any more.
    const canary = await registry.alias('canary');
    if (canary.alias.release === digest) await endCanary(registry, canary, values.by);
    return EXIT.fine;
  },
});

/** Whether golden scores come out here; if not, it is said which. */
async function isGolden(files: ModelFiles, what: string): Promise<boolean> {
  try {
    await tryGolden(files, what);
    return true;
  } catch (error) {
    if (!isRegistryError(error, 'refused')) throw error;
    process.stderr.write(`firstbreak models: ${error.message}\n`);
    return false;
  }
}

async function tolerancesOf(file: string | undefined): Promise<Tolerances> {
  if (file === undefined) return TOLERANCES;
  const changed: Record<string, unknown> = JSON.parse(await readFile(file, 'utf8'));
  for (const [name, value] of Object.entries(changed))
    if (!(name in TOLERANCES) || typeof value !== 'number' || !(value >= 0))
      throw new Error(
        `${file}: expected numbers for some of ${Object.keys(TOLERANCES).join(', ')}, found ${name}: ${value}`,
      );
  return { ...TOLERANCES, ...changed };
}

async function passes(
  registry: Registry,
  present: string,
  candidate: { readonly digest: string; readonly files: ModelFiles },
  data: string | undefined,
  tolerances: Tolerances,
): Promise<boolean> {
  const published = [await registry.files(present), candidate.files];
  const models = data === undefined ? published : await evaluated(published, data);
  const times = await windowMsOf(models, registry.name);
  const [was, is] = [present, candidate.digest].map(
    (digest, i): Contender => ({ name: short(digest), files: models[i], windowMs: times[i] }),
  );
  const verdict = judge(was, is, tolerances);
  say(tableOf(verdict));
  return verdict.passes;
}

async function endCanary(registry: Registry, from: HeldAlias, by: string | undefined): Promise<void> {
  try {
    await registry.end({ ...mover(by), from });
    say('canary: ended');
  } catch (error) {
    if (!isRegistryError(error, 'lost-race')) throw error;
    say('canary: moved by somebody else meanwhile, and left to them');
  }
}

const rollback = defineSubcommand({
  summary: 'stable goes back to what it was before; the canary ends',
  usage: '[stable|canary]',
  about: 'Jobs keep the release they began with. Rolled back twice, stable is what it was two promotions ago.',
  options: { ...REGISTRY_OPTIONS, ...WHO_OPTION },
  async run({ values, positionals }) {
    const word = oneWord(positionals, 'alias', 'stable');
    if (!isAlias(word)) throw new UsageError(`expected stable or canary, found '${word}'`);
    const registry = await registryOf(values);
    const { alias } = await registry.rollback(word, mover(values.by));
    say(`${word}: ${alias.release ? short(alias.release) : 'ended'}`);
    return EXIT.fine;
  },
});

const PULL_OPTIONS = {
  ...REGISTRY_OPTIONS,
  to: {
    type: 'string',
    value: 'DIR',
    help: 'folder of pulled models; --model DIR and the station take the one in use',
  },
  as: { type: 'string', value: 'FOLDER', help: 'the files alone, in a new folder: to fine-tune, or to build with' },
  previous: { type: 'boolean', help: 'ask nobody: use the model that was in use before' },
} as const satisfies OptionTable;

const pullCommand = defineSubcommand({
  summary: 'brings a release to this machine and puts it in use',
  usage: '[stable|canary|DIGEST] --to DIR | [stable|canary|DIGEST] --as FOLDER | --previous --to DIR',
  about:
    'Checks signature and digests, computes the golden scores here, and only then switches; what fails leaves the model in use as it\n' +
    'is. The one before it is kept.',
  options: PULL_OPTIONS,
  async run({ values, positionals }) {
    const { to, as, previous } = values;
    if (as !== undefined) {
      if (to !== undefined || previous) throw new UsageError('--as: expected neither --to nor --previous beside it');
      const registry = await registryOf(values);
      await pullAs(registry, await digestOf(registry, oneWord(positionals, 'release', 'stable')), as);
      say(as);
      return EXIT.fine;
    }
    if (to === undefined) throw new UsageError('expected --to DIR, found none');
    if (previous) {
      noWord(positionals);
      say(`${(await usePrevious(to)).folder} in use`);
      return EXIT.fine;
    }
    const registry = await registryOf(values);
    const digest = await digestOf(registry, oneWord(positionals, 'release', 'stable'));
    const before = await currentOf(to);
    const { current, fresh } = await pull(registry, digest, to);
    say(
      `${current.folder} ${fresh ? `in use${before ? `, before it ${before.current.folder}` : ''}` : 'in use already'}`,
    );
    return EXIT.fine;
  },
});

const verify = defineSubcommand({
  summary: 'signature, digests and golden scores of releases',
  usage: '[stable|canary|DIGEST] [--repair MODEL_DIR]',
  about:
    'All releases of the registry, or one. What is wrong is said in a line each; exit code 1. --repair puts back what is damaged or gone\n' +
    'from a folder that has those files still, byte for byte; publishing the same folder once more does so as well.',
  options: {
    ...REGISTRY_OPTIONS,
    repair: {
      type: 'string',
      multiple: true,
      value: 'MODEL_DIR',
      help: 'a folder or a model that ships, to heal from',
    },
  },
  async run({ values, positionals }) {
    const registry = await registryOf(values);
    const spare = await Promise.all((values.repair ?? []).map((word) => filesIn(shippedOr(word))));
    const digests: string[] = [];
    if (positionals.length > 0) digests.push(await digestOf(registry, oneWord(positionals, 'release')));
    else for await (const digest of registry.digests()) digests.push(digest);
    let failures = 0;
    for (const digest of digests)
      try {
        const { name } = await registry.release(digest);
        for (const files of spare)
          for (const file of await registry.heal(digest, files)) say(`${short(digest)}  ${file}  healed`);
        await tryGolden(await registry.files(digest), short(digest));
        say(`${short(digest)}  ${name}  fine`);
      } catch (error) {
        if (!isRegistryError(error)) throw error;
        failures++;
        process.stderr.write(`firstbreak models: ${short(digest)}: ${error.message}\n`);
      }
    return failures > 0 ? EXIT.failed : EXIT.fine;
  },
});

const bundles = defineSubcommand({
  summary: 'archives of the field station, signed for those who download them',
  usage: 'DIR --key KEY.pem | DIR --check --trust KEY.pub.pem',
  about:
    'Writes bundles.json, their digests, and bundles.json.sig, Ed25519 over it, beside the archives of npm run bundle:edge. --check holds\n' +
    'archives against them.',
  options: {
    key: KEY_OPTIONS.key,
    'sign-by': KEY_OPTIONS['sign-by'],
    check: { type: 'boolean', help: 'sign nothing: hold the archives against list and signature' },
    trust: REGISTRY_OPTIONS.trust,
  },
  async run({ values, positionals }) {
    const folder = oneWord(positionals, 'DIR');
    if (values.check) {
      const list = await checkBundles(folder, await Promise.all(trustOf(values).map(trusted)));
      for (const { file } of list.files) say(`${file}  fine`);
      return EXIT.fine;
    }
    const { signer, publicKey } = await signerBy(values);
    const { default: manifest } = await import('../../package.json', { with: { type: 'json' } });
    const verifier = await trusted(publicKey);
    const { files } = await signBundles(folder, { version: manifest.version, signer, verifier });
    for (const { file, sha256 } of files) say(`${file}  ${sha256}`);
    return EXIT.fine;
  },
});

export const SUBCOMMANDS: Readonly<Record<string, Subcommand>> = {
  list,
  publish,
  promote,
  rollback,
  pull: pullCommand,
  verify,
  keygen,
  bundles,
};
