/** Says in /run/NAME how it fares: there is a file `up` once it serves, and `closed` when it was asked to end and has. */
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';

const name = process.argv[2] ?? 'wrapped';
const server = createServer().listen(`/run/${name}/socket`, () => {
  writeFileSync(`/run/${name}/up`, String(process.pid));
  console.log(`${name} serves`);
});
process.once('SIGTERM', () => server.close(() => writeFileSync(`/run/${name}/closed`, '')));
