/** The examples of the C library, its driver and its throughput program in one machine. */
import { join } from 'node:path';
import type { Test } from 'tap';
import t from 'tap';
import type { DriverReply, DriverRequest } from '../../gen/conformance/types.ts';
import { matchEach } from '../support/lists.ts';
import type { Machine } from '../support/machine.ts';
import { bootSettled, cannotRun, project } from '../support/machine.ts';
import { buildAll, built, cannotBuild } from './c-build.ts';

if (cannotBuild !== false) console.error(cannotBuild);
else buildAll();
const skip = cannotRun || cannotBuild;
const example = join(project, 'clients/c/examples/service.yaml');

/** What the driver replies to each of these, in one run inside. */
async function drive(machine: Machine, requests: readonly DriverRequest[]): Promise<readonly DriverReply[]> {
  const lines = requests.map((request) => JSON.stringify(request)).join('\n');
  const program = join(built.sanitized, 'peinit-c-driver');
  const { status, stdout, stderr } = await machine.run('sh', '-c', 'printf "%s\\n" "$0" | "$1"', lines, program);
  if (status !== 0) throw new Error(`the driver ended with ${status}: ${stderr}`);
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

const call = (connection: string, name: string, command: string, members: object = {}): readonly DriverRequest[] => [
  { do: 'call', connection, call: name, command, members } as DriverRequest,
  { do: 'answer', call: name },
];

async function examples(t: Test, machine: Machine): Promise<void> {
  const tool = join(built.plain, 'tool');
  t.match(await machine.run('cp', join(built.plain, 'service'), '/usr/local/bin/hello-c'), { status: 0 });
  t.strictSame(
    (await machine.run(tool, 'hello-c')).stdout,
    'hello-c is active\nhello-c: inactive to starting\nhello-c: starting to active\nit says: saying hello, 0 reloads\n',
  );
  t.match(await machine.run('peiosctl', 'reload', 'hello-c'), { status: 0 });
  t.strictSame((await machine.run(tool, 'hello-c')).stdout, 'hello-c is up already\nit says: saying hello, 1 reloads\n');
  t.match(await machine.run(tool, 'nosuch'), { status: 1, stderr: /^no service "nosuch" is defined\..*\nIs it defined\?\n$/ });
}

async function sockets(t: Test, machine: Machine): Promise<void> {
  const key = 'Machine\\System\\Example';
  const replies = await drive(machine, [
    { do: 'open', connection: 'c', socket: 'control', path: '/run/peinit/control.sock' },
    ...call('c', '1', 'explain', { service: 'hello-c' }),
    ...call('c', '2', 'stop', { service: 'nosuch' }),
    { do: 'open', connection: 'r', socket: 'registry', path: '/run/registry/registry.sock' },
    ...call('r', '3', 'create', { path: key }),
    { do: 'stream', connection: 'r', stream: 'w', command: 'watch', members: { path: key } },
    ...call('r', '4', 'set', { path: key, name: 'x', type: 'QWORD', data: '18446744073709551615' }),
    { do: 'take', stream: 'w', count: 1, timeout_ms: 60_000 },
    { do: 'leave', stream: 'w' },
    ...call('r', '5', 'read-tree', { path: key }),
    { do: 'open', connection: 'q', socket: 'query', path: '/run/eventd/query.sock' },
    { do: 'stream', connection: 'q', stream: 'e', command: 'events', members: { names: ['service.state'], most: 1 } },
    { do: 'take', stream: 'e', count: 2, timeout_ms: 60_000 },
    { do: 'submit', stream: 'j', path: '/run/peinit/jfs.sock', members: { image_path: '/bin/sh', arguments: ['-c', 'echo hi; exit 3'] } },
    { do: 'take', stream: 'j', count: 9, timeout_ms: 60_000 },
  ]);
  const [, , explained, , refused, , , created, watched, , set, changed, left, , tree, , asked, events, submitted, lines] = replies;
  t.match(explained, { answer: { service: 'hello-c' } });
  t.match(refused, { error: { code: 'UNKNOWN_SERVICE', message: /nosuch/ } });
  t.strictSame(created, { answer: { created: true } });
  t.match(watched, { answer: { watch: Number } });
  t.match(set, { answer: { sequence: Number } });
  t.equal(changed?.ended, false);
  matchEach(t, changed?.lines ?? [], [{ type: 'value_set', path: key, name: 'x', more: false }]);
  t.strictSame(left, { done: true });
  t.strictSame(tree, {
    answer: { nodes: [{ path: '', values: [{ name: 'x', type: 'QWORD', data: '18446744073709551615' }] }], more: false },
  });
  t.strictSame(asked, { answer: {} });
  t.equal(events?.ended, true);
  matchEach(t, events?.lines ?? [], [{ kind: 'event', event: 'service.state', payload: { service: 'registryd', to: 'starting' } }]);
  t.match(submitted, { answer: { job_id: String } });
  t.equal(lines?.ended, true);
  const expected = [{ kind: 'started' }, { kind: 'output', text: 'hi' }, { kind: 'ended', final_state: 'failed', exit_code: 3 }];
  matchEach(t, lines?.lines ?? [], expected);
}

async function throughput(t: Test, machine: Machine): Promise<void> {
  for (const mode of ['bare', 'client']) {
    const words = ['--service', 'hello-c', '--requests', '50', '--mode', mode];
    const { stdout } = await machine.run(join(built.plain, 'peinit-c-bench'), ...words);
    t.match(JSON.parse(stdout), { mode, requests: 50, seconds: Number });
  }
}

t.test('in one machine the examples do what the pages say, and the library speaks to every socket', { skip }, async (t) => {
  const machine = await bootSettled(t, { authority: true, eventd: true, words: ['--registry', example] });
  await examples(t, machine);
  await sockets(t, machine);
  await throughput(t, machine);
});
