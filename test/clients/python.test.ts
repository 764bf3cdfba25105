/** The Python library: its checks and own tests, and its examples, driver and throughput program in one machine. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import t from 'tap';
import type { DriverReply, DriverRequest } from '../../gen/conformance/types.ts';
import { matchEach } from '../support/lists.ts';
import type { Machine } from '../support/machine.ts';
import { bootSettled, cannotRun } from '../support/machine.ts';
import { cannotTest, directory, packed, pip, run } from './python-tools.ts';

if (cannotTest !== false) console.error(cannotTest);
const noSystemPython = existsSync('/usr/bin/python3') ? false : 'NO PYTHON FOR SERVICES: there is no /usr/bin/python3';
const examples = join(directory, 'examples');
/** Where the examples say that the service is. */
const home = '/opt/hello-python';

t.test('what is printed and what is written by hand is sound to mypy --strict and ruff', { skip: cannotTest }, async (t) => {
  t.strictSame(run('ruff', 'check', '-q', '.'), { status: 0, output: '' });
  t.strictSame(run('ruff', 'format', '-q', '--check', '.'), { status: 0, output: '' });
  t.match(run('mypy', '.'), { status: 0, output: /^Success: no issues found in \d+ source files\n$/ });
});

t.test('its own tests pass', { skip: cannotTest }, async (t) => {
  t.match(run('python', '-W', 'error', '-X', 'dev', '-m', 'unittest', 'discover', '-t', '.', '-s', 'tests'), {
    status: 0,
    output: /\nRan \d+ tests in .*\n\nOK\n$/,
  });
});

/** What its README says to do on a machine. */
async function install(t: Test, machine: Machine): Promise<void> {
  t.match(await machine.run('/usr/bin/python3', '-m', 'venv', '--without-pip', home), { status: 0 });
  const given = ['--python', `${home}/bin/python`, 'install', '-q', '--no-deps', '--no-index', packed()];
  t.match(await machine.run(pip, ...given), { status: 0, stderr: '' });
  t.match(await machine.run('cp', join(examples, 'service.py'), home), { status: 0 });
}

async function runExamples(t: Test, machine: Machine): Promise<void> {
  const python = `${home}/bin/python`;
  const tool = await machine.run(python, join(examples, 'tool.py'));
  t.match(tool, { status: 0, stderr: '' });
  const lines = tool.stdout.split('\n');
  t.strictSame(lines.slice(0, 3), ['protocol: same', 'hello-python is active, because of explicit_start', "it wrote: ('start number 1',)"]);
  t.ok(lines.includes('hello-python: active, serving'), tool.stdout);
  t.equal(lines.at(-2), 'hello-python is active');
  t.match(await machine.run(python, join(examples, 'tool.py'), 'nosuch'), { status: 4, stdout: /^protocol: same\nno service "nosuch"/ });

  t.match(await machine.run('peiosctl', 'reload', 'hello-python'), { status: 0 });
  const status = await machine.run('peiosctl', 'status', 'hello-python', '--json');
  // The file outlived the restart that the tool gave up waiting for.
  const told = JSON.parse(status.stdout) as { readonly status_text: string; readonly output: readonly { readonly text: string }[] };
  t.equal(told.status_text, 'serving, reloaded');
  t.strictSame(
    told.output.map(({ text }) => text),
    ['start number 1', 'start number 2', 'read the configuration again'],
  );
  t.strictSame(
    (await machine.run(python, join(examples, 'tool_asyncio.py'))).stdout,
    'stop of hello-python: inactive\nstart of hello-python: active\n',
  );
}

/** What the driver replies to each of these, in one run inside. */
async function drive(machine: Machine, api: string, requests: readonly DriverRequest[]): Promise<readonly DriverReply[]> {
  const lines = requests.map((request) => JSON.stringify(request)).join('\n');
  const command = 'printf "%s\\n" "$0" | /usr/bin/python3 -B "$1" --api "$2"';
  const { status, stdout, stderr } = await machine.run('sh', '-c', command, lines, join(directory, 'driver/main.py'), api);
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

async function sockets(t: Test, machine: Machine, api: string): Promise<void> {
  const key = `Machine\\System\\Example-${api}`;
  const replies = await drive(machine, api, [
    { do: 'open', connection: 'c', socket: 'control', path: '/run/peinit/control.sock' },
    ...call('c', '1', 'explain', { service: 'hello-python' }),
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
    { do: 'call', connection: 'c', call: '6', command: 'status', members: { service: 7 } },
  ]);
  const [, , explained, , refused, , , created, watched, , set, changed, left, , tree, , asked, events, submitted, lines, unfit] = replies;
  t.match(explained, { answer: { service: 'hello-python' } });
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
  t.match(unfit, { unsupported: /service must be a string/ });
}

async function throughput(t: Test, machine: Machine): Promise<void> {
  for (const mode of ['bare', 'client']) {
    const words = ['--socket', '/run/peinit/control.sock', '--service', 'hello-python', '--requests', '50', '--mode', mode];
    const { stdout } = await machine.run('/usr/bin/python3', '-B', join(directory, 'bench/throughput.py'), ...words);
    t.match(JSON.parse(stdout), { mode, requests: 50, seconds: Number });
  }
}

t.test(
  'in one machine the examples do what the pages say, and both faces of the library speak to every socket',
  { skip: cannotRun || cannotTest || noSystemPython },
  async (t) => {
    const words = ['--registry', join(examples, 'service.yaml')];
    const machine = await bootSettled(t, { authority: true, eventd: true, words });
    await install(t, machine);
    await runExamples(t, machine);
    await sockets(t, machine, 'blocking');
    await sockets(t, machine, 'asyncio');
    await throughput(t, machine);
  },
);
