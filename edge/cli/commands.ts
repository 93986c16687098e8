/** The table of commands; each is loaded when it is called for. */
import type { Command } from './command.ts';

export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  load(): Promise<Command>;
}

const from = (module: Promise<{ readonly command: Command }>) => module.then(({ command }) => command);

export const COMMANDS: readonly CommandEntry[] = [
  { name: 'info', summary: 'what files hold, and what is wrong with them', load: () => from(import('./info.ts')) },
  {
    name: 'pick',
    summary: 'first breaks of shots: table, picture, tomography file',
    load: () => from(import('./pick.ts')),
  },
  { name: 'qc', summary: 'verdict and findings for each shot', load: () => from(import('./qc.ts')) },
  { name: 'plot', summary: 'a shot as a picture, with picks as red dots', load: () => from(import('./plot.ts')) },
  { name: 'score', summary: 'how well picks agree with a reference', load: () => from(import('./score.ts')) },
  {
    name: 'convert',
    summary: 'shots in another format; picks into SEG-Y headers',
    load: () => from(import('./convert.ts')),
  },
  { name: 'train', summary: 'synthetic shots, labelled data, models', load: () => from(import('./train.ts')) },
  {
    name: 'models',
    summary: 'releases of models: publish, promote, roll back, pull',
    load: () => from(import('./models.ts')),
  },
  { name: 'station', summary: 'picks shots beside the recorder, on a page', load: () => from(import('./station.ts')) },
  {
    name: 'serve',
    summary: 'the HTTP API on this machine, and an inbox',
    load: () => from(import('./serve.ts')),
  },
  {
    name: 'sync',
    summary: 'sends what a station keeps to a folder or the cloud',
    load: () => from(import('./sync.ts')),
  },
  { name: 'demo', summary: 'makes shots, picks them and shows the results', load: () => from(import('./demo.ts')) },
];
