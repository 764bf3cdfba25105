/** Says in /run how it fares: NAME.up once it serves, NAME.closed when it was asked to end and has. */
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';

const name = process.argv[2] ?? 'wrapped';
const server = createServer().listen(`/run/${name}.sock`, () => {
  writeFileSync(`/run/${name}.up`, String(process.pid));
  console.log(`${name} serves`);
});
process.once('SIGTERM', () => server.close(() => writeFileSync(`/run/${name}.closed`, '')));
