/**
 * The TypeScript client as the conformance suite drives it: one JSON line in, one out, in order, on standard input and output, or on the
 * Unix socket of `--connect PATH`. Ends with its input.
 */
import { connect } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import type { DriverRequest } from '../../../gen/conformance/types.ts';
import { formatJson } from '../index.ts';
import { reply } from './driver.ts';

async function serve(input: Readable, output: Writable): Promise<void> {
  let pending = '';
  // Newlines alone end a line; readline takes U+2028 for an end as well.
  for await (const text of input.setEncoding('utf8') as AsyncIterable<string>) {
    const lines = (pending + text).split('\n');
    pending = lines.pop() ?? '';
    for (const line of lines) output.write(`${formatJson(await reply(JSON.parse(line) as DriverRequest))}\n`);
  }
  process.exit(0);
}

const [flag, path = ''] = process.argv.slice(2);
if (flag === '--connect') {
  const socket = connect(path);
  socket.on('error', (error) => {
    console.error(`${path}: ${error.message}`);
    process.exit(1);
  });
  socket.on('connect', () => void serve(socket, socket));
} else void serve(process.stdin, process.stdout);
