/** The entry of PID 1: loads what is native, and hands over to the composed machine. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import manifest from '../package.json' with { type: 'json' };
import { helpText } from './boot/help.ts';
import { composeMachine } from './compose.ts';
import { createHeapKeeper, ownHeap } from './linux/heap-keeper.ts';
import { createRealKernel } from './linux/real-kernel.ts';
import { createRealLoop } from './linux/real-loop.ts';
import { loadShim } from './linux/shim.ts';

const words = process.argv.slice(2);
if (words.includes('--help') || words.includes('-h')) {
  process.stdout.write(helpText());
  process.exit(0);
}
if (words.includes('--version')) {
  process.stdout.write(`peinit ${manifest.version}\n`);
  process.exit(0);
}
if (process.pid !== 1) {
  process.stderr.write(
    'peinit: it must be process 1 of its machine; bin/peinit-sandbox boots one on this host, peinit --help lists the parameters\n',
  );
  process.exit(2);
}

/** Beside the bundle on a machine, in build/ when the source runs directly. */
function nativePart(name: string): string {
  const beside = join(import.meta.dirname, name);
  return existsSync(beside) ? beside : join(import.meta.dirname, '..', 'build', name);
}

// Nobody may look for a time zone of this process: that opens /etc/localtime and waits for what is there. O-179.
process.env['TZ'] = 'UTC';

const shim = loadShim(nativePart('shim.node'));
const kernel = createRealKernel(shim);
const heap = ownHeap(shim);
const keepHeap =
  heap === null ? undefined : createHeapKeeper(heap, { isBooted: () => machine.isBooted(), isEnding: () => machine.machine.stopping });
const loop = createRealLoop(shim, (error) => machine.contained('a handler failed', error), keepHeap);
const machine = composeMachine({
  kernel,
  loop,
  words,
  helperProgram: nativePart('peinit-helper'),
  exit: (status) => process.exit(status),
});
// The last guard: whatever got this far must not end process 1.
process.on('uncaughtException', (error) => machine.contained('uncaught', error));
process.on('unhandledRejection', (error) => machine.contained('unhandled', error));
loop.run();
machine.start();
