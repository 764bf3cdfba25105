/**
 * How many `status` requests a second, one at a time: through the library (`--mode client`), or by a socket loop that looks for the newline
 * alone (`bare`). Prints a line of JSON.
 */
import { connect } from 'node:net';
import { parseArgs } from 'node:util';
import { controlSocketPath, openControl } from '../index.ts';

const { values } = parseArgs({
  options: {
    socket: { type: 'string', default: controlSocketPath },
    service: { type: 'string', default: 'registryd' },
    requests: { type: 'string', default: '10000' },
    mode: { type: 'string', default: 'client' },
  },
});
const requests = Number(values.requests);

async function client(): Promise<void> {
  const control = await openControl({ path: values.socket });
  for (let asked = 0; asked < requests; asked++) await control.status({ service: values.service });
  control.close();
}

function bare(): Promise<void> {
  const line = Buffer.from(`${JSON.stringify({ command: 'status', service: values.service })}\n`);
  return new Promise((resolve, reject) => {
    const socket = connect(values.socket);
    let answered = 0;
    socket.on('error', reject);
    socket.on('connect', () => socket.write(line));
    socket.on('data', (bytes) => {
      if (bytes[bytes.length - 1] !== 10) return;
      answered += 1;
      if (answered < requests) socket.write(line);
      else resolve(void socket.end());
    });
  });
}

const started = performance.now();
await (values.mode === 'bare' ? bare() : client());
console.log(JSON.stringify({ mode: values.mode, requests, seconds: (performance.now() - started) / 1000 }));
