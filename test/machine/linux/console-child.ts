/**
 * A console as process 1 has it, on the standard output of this process: shows so many lines of a service as fast as it can, says so on
 * descriptor 3, and ends like a machine.
 */
import { writeSync } from 'node:fs';
import { createRealLoop } from '../../../src/linux/real-loop.ts';
import { openConsole } from '../../../src/output/console.ts';
import { consoleMode } from '../../../src/output/console-mode.ts';
import { createServiceLines } from '../../../src/output/service-lines.ts';
import { formatTimestamp } from '../../../src/wire/timestamp.ts';
import { kernel, shim } from './support.ts';

const [word = '', count = ''] = process.argv.slice(2);
const perTurn = 500;

const loop = createRealLoop(shim, (error) => {
  throw error;
});
const mode = consoleMode(word);
const console = openConsole({ kernel, loop, mode, quiet: false, timestamp: formatTimestamp });
const lines = createServiceLines({ stream: console.stream, json: mode.json, timestamp: formatTimestamp });
const writer = { origin: { service: 'web', part: null, index: null }, job: 'j', isError: false };

function show(from: number): void {
  const to = Math.min(from + perTurn, Number(count));
  const text = Array.from({ length: to - from }, (_, index) => `line ${from + index} ${'x'.repeat(50)}\n`).join('');
  const bytes = Buffer.from(text);
  if (bytes.length > 0) lines.burst(writer, kernel.realtimeNs(), bytes, 0, bytes.length, to - from);
  if (to < Number(count)) return loop.defer(() => show(to));
  writeSync(3, 'shown\n');
  console.line('the end');
  console.stream.finish((written) => {
    writeSync(3, `finished ${written}\n`);
    process.exit(0);
  });
}

loop.run();
loop.defer(() => show(0));
