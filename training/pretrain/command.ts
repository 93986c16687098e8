/** `firstbreak train pretrain …`: networks that learn from shots nobody has picked, one row each. */
import type { Command, CommandGroup } from '../command.ts';

const from = (module: Promise<{ readonly command: Command }>) => module.then(({ command }) => command);

export const command: CommandGroup = {
  summary: 'learns from shots that nobody has picked',
  commands: [
    { name: 'autoencoder', load: () => from(import('./autoencoder-command.ts')) },
    { name: 'gan', load: () => from(import('./gan/command.ts')) },
  ],
};
