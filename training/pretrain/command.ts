/** `firstbreak train pretrain …`: networks that learn from shots nobody has picked, one row each. */
import type { CommandGroup } from '../command.ts';

export const command: CommandGroup = {
  summary: 'learns from shots that nobody has picked',
  commands: [],
};
