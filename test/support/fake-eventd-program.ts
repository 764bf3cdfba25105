/**
 * An event daemon for machines of tests: `SOCKET FILE`. It adds what it takes to the file, line by line, and then acknowledges it. While
 * there is a file beside that with .full behind its name it stores nothing, as on a full disk, and says nothing. Told to end it takes what
 * is still to come.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import type { Socket } from 'node:net';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { notify } from '../../clients/typescript/notify.ts';
import { EventdStore } from './eventd-store.ts';

const [, , socketPath = '', file = ''] = process.argv;
const store = new EventdStore();
/** What the one before it had written when it was killed may end in the middle of a line. */
if (existsSync(file)) truncateSync(file, readFileSync(file).lastIndexOf('\n') + 1);
for (const line of existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []) if (line !== '') store.take(line);
store.commit();

let ending = false;
/** Connections on which more may come. */
let open = 0;
const isFull = (): boolean => existsSync(`${file}.full`);

function serve(socket: Socket): void {
  open += 1;
  let partial = '';
  let waiting = '';
  socket.setEncoding('utf8');
  socket.on('error', () => undefined);
  socket.on('data', (piece) => {
    const text = partial + String(piece);
    const end = text.lastIndexOf('\n') + 1;
    partial = text.slice(end);
    const lines = text.slice(0, end).split('\n').slice(0, -1);
    for (const line of lines) if (store.take(line).kind === 'hello') socket.write(store.acknowledgement());
    waiting += text.slice(0, end);
    keep();
  });
  function keep(): void {
    if (waiting === '' || isFull()) return;
    appendFileSync(file, waiting);
    waiting = '';
    const before = JSON.stringify(store.acked);
    store.commit();
    if (JSON.stringify(store.acked) !== before) socket.write(store.acknowledgement());
  }
  const again = setInterval(keep, 20);
  socket.on('end', () => {
    keep();
    socket.end();
  });
  socket.on('close', () => {
    clearInterval(again);
    store.forget();
    open -= 1;
    if (ending && open === 0) process.exit(0);
  });
}

mkdirSync(dirname(socketPath), { recursive: true });
rmSync(socketPath, { force: true });
createServer({ allowHalfOpen: true }, serve).listen(socketPath, () => notify({ ready: true }));
process.on('SIGTERM', () => {
  ending = true;
  if (open === 0) process.exit(0);
});
