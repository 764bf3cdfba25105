/** The suite's driver as a program: it reads requests from its input, or from the Unix socket of `--connect PATH`, and replies in order. */

import { connect } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import type { DriverRequest } from '../../../gen/conformance/types.ts';
import { parseJson, printJson } from '../json.ts';
import { linesOf } from '../lines.ts';
import { createRawDriver } from './raw.ts';

const [flag, path = ''] = process.argv.slice(2);

async function serve(input: Readable, output: Writable): Promise<void> {
  const driver = createRawDriver();
  for await (const line of linesOf(input)) {
    const reply = await driver.request(parseJson(line) as unknown as DriverRequest);
    output.write(`${printJson(reply)}\n`);
  }
  process.exit(0);
}

if (flag === '--connect') {
  const socket = connect(path);
  socket.on('error', (error) => {
    console.error(`${path}: ${error.message}`);
    process.exit(1);
  });
  socket.on('connect', () => void serve(socket, socket));
} else await serve(process.stdin, process.stdout);
