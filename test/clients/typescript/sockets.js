// All sockets but the control socket, which the examples are about; what came of it as a line of JSON. Run inside, under each runtime.
import {
  EventdError,
  formatJson,
  NativeMissing,
  notify,
  openEventd,
  openRegistry,
  QueryError,
  RegistryCallError,
  RegistryError,
  readLogs,
  SubmitError,
  SubmitRefused,
  submit,
} from '@peinit/client';

const key = `Machine\\Software\\${process.argv[2]}`;
const seen = {};

const registry = await openRegistry();
for (const path of ['Machine\\Software', key])
  await registry.create({ path }).catch((error) => {
    if (error.error !== RegistryError.EEXIST) throw error;
  });
const watch = await registry.watchKey({ path: key });
await registry.set({ path: key, name: 'large', type: 'QWORD', data: '18446744073709551615' });
seen.large = (await registry.query({ path: key, name: 'large' })).data;
for await (const batch of watch) {
  seen.watched = batch.map(({ type, name }) => ({ type, name }));
  break;
}
// Without waiting for each other; each gets its own answer.
const names = Array.from({ length: 50 }, (_, index) => `v${index}`);
await Promise.all(names.map((name, data) => registry.set({ path: key, name, type: 'DWORD', data })));
const values = await Promise.all(names.map((name) => registry.query({ path: key, name })));
seen.inOrder = values.every(({ data }, index) => data === index);
seen.missing = await registry.query({ path: key, name: 'none' }).catch((error) => error instanceof RegistryCallError && error.error);
registry.disconnect();

const job = await submit({ image_path: '/bin/sh', arguments: ['-c', 'echo one; echo two >&2; exit 3'] });
seen.job = [];
for await (const { kind, stream, text, exit_code } of job)
  seen.job.push(kind === 'output' ? `${stream} ${text}` : kind === 'ended' ? `ended with ${exit_code}` : kind);
// The two streams are read apart.
seen.job.sort();
seen.refused = await submit({ image_path: 'sh' }).catch(
  (error) => error instanceof SubmitRefused && error.code === SubmitError.INVALID_ARGUMENTS,
);

const eventd = await openEventd();
seen.boots = (await eventd.boots()).boots.map(({ current }) => current);
seen.cursor = await eventd
  .logs({ after: 'nonsense' })
  [Symbol.asyncIterator]()
  .next()
  .catch((error) => error instanceof EventdError && error.code === QueryError.INVALID_CURSOR);
eventd.disconnect();
for await (const { entries } of readLogs({ services: ['talker'], follow: true })) {
  seen.log = entries.filter((entry) => entry.kind === 'line').map(({ text }) => text);
  if (seen.log.length > 0) break;
}

try {
  seen.notify = notify({ ready: true });
  process.env.NOTIFY_SOCKET = '/nobody';
  notify({ ready: true });
  seen.native = 'there';
} catch (error) {
  if (!(error instanceof NativeMissing)) throw error;
  seen.native = 'missing';
}
console.log(formatJson(seen));
