// A service that says how it is: up, alive, reloading, stopping. It greets whoever connects, and counts over its restarts.
import { openSync, readSync, rmSync, writeSync } from 'node:fs';
import { createServer } from 'node:net';
import { keepAlive, notify, notifyReloading, storeDescriptors, storedDescriptors } from '@peinit/client';

const path = '/run/hello.sock';
let greeting = 'hello';

// [descriptors]
// The count is in a file without a name, whose descriptor an earlier process of this service has left with peinit.
const kept = storedDescriptors().find(({ name }) => name === 'count');
const count = kept?.fd ?? newFile();
storeDescriptors([count], 'count');

function newFile() {
  const fd = openSync('/run/hello.count', 'w+');
  rmSync('/run/hello.count');
  writeSync(fd, '0');
  return fd;
}
// [/descriptors]

function greeted() {
  const digits = Buffer.alloc(16);
  const before = Number(digits.toString('utf8', 0, readSync(count, digits, 0, 16, 0)));
  writeSync(count, String(before + 1), 0);
  return before + 1;
}

const server = createServer((socket) => socket.end(`${greeting} ${greeted()}\n`));
rmSync(path, { force: true });
// [ready]
server.listen(path, () => {
  notify({ ready: true, status: 'waits for whoever connects' });
  keepAlive();
});
// [/ready]

// [signals]
process.on('SIGHUP', () => {
  notifyReloading();
  greeting = 'hello again';
  notify({ ready: true, status: 'says hello again' });
});

process.on('SIGTERM', () => {
  notify({ stopping: true });
  server.close(() => process.exit(0));
});
// [/signals]
