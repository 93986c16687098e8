/**
 * Loaded into the programs that `forwardTo` starts: one ends, as for SIGTERM, when the command that started it has gone, however that
 * came about. The end of the channel between the two tells.
 */
import { isMainThread } from 'node:worker_threads';

const SIGNALS: readonly (string | symbol)[] = ['SIGHUP', 'SIGINT', 'SIGTERM'] satisfies readonly NodeJS.Signals[];
/** A signal that came with the end of the command has been seen by then. */
const SIGNAL_MS = 200;

/** A program that was told already is ending; told twice, it would end at once. */
function endsWithLauncher(): void {
  const heeded = new Set<string | symbol>();
  let told = false;
  // Only beside a listener of the program's own, so that a signal nobody listens for does what it always does.
  process.on('newListener', (event) => {
    if (!SIGNALS.includes(event) || heeded.has(event)) return;
    heeded.add(event);
    process.once(event, () => {
      told = true;
    });
  });
  process.on('disconnect', () => {
    setTimeout(() => told || process.kill(process.pid, 'SIGTERM'), SIGNAL_MS).unref();
  });
  process.channel?.unref(); // the program ends when it is done
}

if (isMainThread && process.connected) endsWithLauncher();
