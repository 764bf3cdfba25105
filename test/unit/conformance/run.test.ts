/** The runner against servers that say what the test has them say: what it notices, and what it tells of it. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import t from 'tap';
import { createDriverPool, ownDriver } from '../../conformance/runner/drivers.ts';
import { loadFile } from '../../conformance/runner/load.ts';
import type { Outcome } from '../../conformance/runner/outcome.ts';
import { printHtml } from '../../conformance/runner/report/html.ts';
import { printTap } from '../../conformance/runner/report/tap.ts';
import { runAll } from '../../conformance/runner/schedule.ts';
import type { Schema } from '../../conformance/runner/strict.ts';

const project = join(import.meta.dirname, '../../..');
const schema = JSON.parse(readFileSync(join(project, 'gen/conformance-case.schema.json'), 'utf8')) as Schema;

/** A server of lines. */
async function serve(t: Test, answer: (line: string, socket: Socket) => void): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'conformance-'));
  const path = join(directory, 'socket');
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    let rest = '';
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) answer(line, socket);
    });
    socket.on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  t.teardown(() => {
    for (const socket of open) socket.destroy();
    server.close();
    rmSync(directory, { recursive: true });
  });
  return path;
}

const steps = (...lines: readonly string[]): string => lines.map((line) => `      - ${line}`).join('\n');

async function run(socket: string, text: string, driver: string | null = null): Promise<readonly Outcome[]> {
  const head = 'about: A test.\ncases:\n  - name: one\n    title: one is one\n    proves: [CTL-001]\n    limit_seconds: 60\n    steps:';
  const file = `${head}\n${text}\n`;
  const cases = loadFile('folder/file.yaml', 'file.yaml', file, schema, new Map());
  const pool = createDriverPool(driver);
  const sockets = { control: socket, jobs: socket, registry: socket, query: socket };
  const choice = { only: [], without: new Set<never>(), parallel: 2 };
  const outcomes = await runAll(cases, { prefix: 'cf', sockets, driver, pool, shapes: new Map() }, choice, () => {});
  pool.close();
  return outcomes;
}

const ask = steps('{do: ask, request: {command: list}, expect: {services: [{name: a, id: 1}]}}');

t.test('what is as expected passes, through the own driver in the process and as a program', async (t) => {
  const socket = await serve(t, (_line, socket) => socket.write('{"status":"ok","services":[{"name":"a","id":1}]}\n'));
  for (const driver of [null, ownDriver]) {
    const [outcome] = await run(socket, ask, driver);
    t.equal(outcome?.status, 'passed', JSON.stringify(outcome));
  }
});

t.test('a failure names the case, the step, what was sent, what was expected and what came', async (t) => {
  const socket = await serve(t, (_line, socket) => socket.write('{"status":"ok","services":[{"name":"a","id":"1"}],"more":null}\n'));
  const [outcome] = await run(socket, ask);
  if (outcome?.status !== 'failed') return t.fail('it must fail');
  t.equal(outcome.path, 'folder/file/one');
  t.strictSame(outcome.failure, {
    at: 'file.yaml:8',
    step: 'step 1, ask',
    sentence: 'the answer is other than expected',
    sent: '{"command":"list"}',
    expected: '{"answer":{"services":[{"name":"a","id":1}]}}',
    received: '{"answer":{"services":[{"name":"a","id":"1"}],"more":null}}',
    differences: [
      { at: 'services[0].id', expected: '1', received: '"1"' },
      { at: 'more', expected: 'no such member', received: 'null' },
    ],
  });
  const result = { outcomes: [outcome], stale: [], seconds: 1, driver: null };
  const tap = printTap(result);
  t.match(tap, /^not ok 1 - CTL-001 folder\/file\/one: one is one$/m);
  for (const text of ['sent      {"command":"list"}', 'services[0].id: expected 1, received "1"']) t.ok(tap.includes(text), text);
  const page = printHtml(result);
  t.ok(page.includes('services[0].id: expected 1, received &quot;1&quot;'));
  t.notMatch(page, /https?:|<script|<link/, 'the page needs nothing else');
});

/** Answers that break the form of lines, each with the words of the failure. */
const broken: readonly (readonly [line: string, words: RegExp])[] = [
  ['{"status": "ok","services":[{"name":"a","id":1}]}', /blanks outside of its texts/],
  ['{"services":[{"name":"a","id":1}],"status":"ok"}', /does not begin with status/],
  ['{"services":[{"name":"a","id":1}]}', /is no answer/],
  ['[]', /is no object/],
  ['{"status":"ok"', /is not JSON/],
];

t.test('an answer that is out of form fails, whatever it says', async (t) => {
  for (const [line, words] of broken) {
    const socket = await serve(t, (_line, socket) => socket.write(`${line}\n`));
    const [outcome] = await run(socket, ask);
    t.equal(outcome?.status, 'failed', line);
    if (outcome?.status === 'failed') t.match(outcome.failure.received, words, line);
  }
});

t.test('answers in the wrong order fail, and so does one too many', async (t) => {
  const held: string[] = [];
  const swapping = await serve(t, (line, socket) => {
    held.push((JSON.parse(line) as { n: number }).n === 1 ? '{"status":"ok","n":1}' : '{"status":"ok","n":2}');
    if (held.length === 2) socket.write(`${held.reverse().join('\n')}\n`);
  });
  const pipelined = steps(
    '{do: call, call: a, request: {command: x, n: 1}}',
    '{do: call, call: b, request: {command: x, n: 2}}',
    '{do: answer, call: a, expect: {n: 1}}',
    '{do: answer, call: b, expect: {n: 2}}',
  );
  t.equal((await run(swapping, pipelined))[0]?.status, 'failed');
  const talking = await serve(t, (_line, socket) => socket.write('{"status":"ok","n":1}\n{"status":"ok","n":1}\n'));
  t.equal((await run(talking, pipelined.replaceAll('n: 2', 'n: 3')))[0]?.status, 'failed');
});

t.test('a connection that ends instead of answering is a failure of its own kind', async (t) => {
  const socket = await serve(t, (_line, socket) => socket.end());
  t.equal((await run(socket, steps('{do: ask, request: {command: x}, failed: connection}')))[0]?.status, 'passed');
  t.equal((await run(socket, steps('{do: ask, request: {command: x}, expect: {}}')))[0]?.status, 'failed');
});

t.test('a driver that cannot express a step skips its case, and one that dies fails it', async (t) => {
  const socket = await serve(t, (_line, socket) => socket.write('{"status":"ok"}\n'));
  const unable = `${process.execPath} -e ${'process.stdin.on(\'data\',()=>console.log(\'{"unsupported":"no"}\'))'}`;
  const [skipped] = await run(socket, steps('{do: ask, request: {command: x}, expect: {}}'), unable);
  t.strictSame([skipped?.status, skipped?.status === 'skipped' && skipped.reason], ['skipped', 'the driver cannot express it: no']);
  const [dead] = await run(socket, steps('{do: ask, request: {command: x}, expect: {}}'), `${process.execPath} -e 0`);
  t.equal(dead?.status, 'failed');
});

t.test('a name that nobody has given is told', async (t) => {
  const socket = await serve(t, () => {});
  const [outcome] = await run(socket, steps(`{do: ask, request: {command: '\${nobody}'}, expect: {}}`));
  t.match(outcome, { status: 'failed', failure: { sentence: /^there is no \$\{nobody\}/ } });
});
