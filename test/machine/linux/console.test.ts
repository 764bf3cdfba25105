/** The console on each kind of standard output that process 1 may be given. */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { constants, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { Test } from 'tap';
import t from 'tap';
import { isConsoleLine } from '../../../gen/output/check.ts';
import { until } from '../../support/wait.ts';
import { kernel, makeDirectory } from './support.ts';

const child = join(import.meta.dirname, 'console-child.ts');
const node = ['--disable-warning=ExperimentalWarning', child];

/** Starts it with that standard output; what it said of itself so far. */
function start(t: Test, stdout: 'pipe' | number, ...words: readonly string[]) {
  const process_ = spawn(process.execPath, [...node, ...words], { stdio: ['ignore', stdout, 'inherit', 'pipe'] });
  t.teardown(() => process_.kill('SIGKILL'));
  let said = '';
  (process_.stdio[3] as Readable).on('data', (bytes) => {
    said += bytes;
  });
  const ended = new Promise<void>((resolve) => process_.once('close', () => resolve()));
  return { process: process_ as ChildProcess & { stdout: Readable }, said: () => said, ended };
}

/** Everything that comes from now on. */
function collect(stream: Readable): () => string {
  let text = '';
  stream.on('data', (bytes) => {
    text += bytes;
  });
  return () => text;
}

/** All that another process reads from there. */
function readThrough(t: Test, fd: number): () => string {
  const reader = spawn('cat', { stdio: [fd, 'pipe', 'inherit'] });
  t.teardown(() => reader.kill('SIGKILL'));
  if (reader.stdout === null) throw new Error('cat has no output');
  return collect(reader.stdout);
}

/** Every line is one of the service, in order, or told as lost; then comes the last one of peinit. */
function isWhole(t: Test, text: string, all: number): { readonly kept: number; readonly lost: number } {
  const lines = text.trimEnd().split('\n');
  t.match(lines.at(-1), /^\[ +\d+\.\d{3}\] the end$/);
  let [kept, lost, latest] = [0, 0, -1];
  for (const line of lines.slice(0, -1)) {
    const gap = /^\[ +\d+\.\d{3}\] (\d+) lines? lost: /.exec(line);
    if (gap !== null) lost += Number(gap[1]);
    else {
      const number = Number(/^web: line (\d+) x{50}$/.exec(line)?.[1] ?? 'none');
      if (!(number > latest)) t.fail(`${line} after ${latest}`);
      latest = number;
      kept++;
    }
  }
  t.equal(kept + lost, all);
  return { kept, lost };
}

const isNonblocking = (fd: number): boolean =>
  (Number.parseInt(/^flags:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1] ?? '', 8) & constants.O_NONBLOCK) !== 0;

t.test('a pipe that is read gets all, and blocks for others as before', async (t) => {
  const pipe = kernel.pipe({ nonblockingRead: false });
  if (typeof pipe === 'number') throw new Error(`pipe: ${pipe}`);
  const [read, write] = pipe;
  const machine = start(t, write, 'relay', '5000');
  const text = readThrough(t, read);
  await machine.ended;
  t.notOk(isNonblocking(write));
  for (const fd of pipe) kernel.close(fd);
  await until('all is read', () => text().includes('the end'));
  t.strictSame(isWhole(t, text(), 5000), { kept: 5000, lost: 0 });
  t.equal(machine.said(), 'shown\nfinished true\n');
});

t.test('LOG-012 a reader that has stopped holds up nothing, and is told what it lost when it goes on', async (t) => {
  const pipe = kernel.pipe({ nonblockingRead: false });
  if (typeof pipe === 'number') throw new Error(`pipe: ${pipe}`);
  const [read, write] = pipe;
  const machine = start(t, write, 'relay', '200000');
  await until('all is shown', () => machine.said() === 'shown\n');
  const text = readThrough(t, read);
  await machine.ended;
  for (const fd of pipe) kernel.close(fd);
  await until('all is read', () => text().endsWith('the end\n'));
  const { kept, lost } = isWhole(t, text(), 200_000);
  t.ok(lost > 100_000 && kept > 10_000, `${kept} kept, ${lost} lost`);
  t.equal(machine.said(), 'shown\nfinished true\n');
});

t.test('a reader that never goes on does not keep the end', async (t) => {
  const pipe = kernel.pipe({ nonblockingRead: false });
  if (typeof pipe === 'number') throw new Error(`pipe: ${pipe}`);
  const machine = start(t, pipe[1], 'relay', '20000');
  await machine.ended;
  for (const fd of pipe) kernel.close(fd);
  t.equal(machine.said(), 'shown\nfinished false\n');
});

t.test('a socket gets all, though it cannot be opened anew, and a stopped reader of it holds up nothing', async (t) => {
  const machine = start(t, 'pipe', 'relay', '5000');
  await until('all is shown', () => machine.said().startsWith('shown\n'));
  const text = collect(machine.process.stdout);
  await machine.ended;
  t.strictSame(isWhole(t, text(), 5000), { kept: 5000, lost: 0 });
  const flooded = start(t, 'pipe', 'relay', '200000');
  await until('all is shown', () => flooded.said() === 'shown\n');
  const rest = collect(flooded.process.stdout);
  await flooded.ended;
  t.ok(isWhole(t, rest(), 200_000).lost > 100_000);
});

t.test('a reader that is gone holds up nothing either', async (t) => {
  const pipe = kernel.pipe({ nonblockingRead: false });
  if (typeof pipe === 'number') throw new Error(`pipe: ${pipe}`);
  kernel.close(pipe[0]);
  const machine = start(t, pipe[1], 'relay', '100000');
  await machine.ended;
  kernel.close(pipe[1]);
  t.equal(machine.said(), 'shown\nfinished false\n');
});

t.test('a file is written on, whoever else writes to it', async (t) => {
  const path = join(makeDirectory(t), 'log');
  writeFileSync(path, 'web: line 0 '.concat('x'.repeat(50), '\n'));
  const machine = start(t, openSync(path, 'r+'), 'relay', '5000');
  await machine.ended;
  const text = readFileSync(path, 'utf8');
  t.equal(text.indexOf('\n', 0), 62);
  t.strictSame(isWhole(t, text.slice(63), 5000), { kept: 5000, lost: 0 });
});

t.test('a terminal gets all', async (t) => {
  const line = [process.execPath, ...node, 'relay', '2000', '3>/dev/null'].join(' ');
  const terminal = spawn('script', ['-qec', line, '/dev/null'], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.teardown(() => terminal.kill('SIGKILL'));
  const text = collect(terminal.stdout);
  await new Promise((resolve) => terminal.once('close', resolve));
  t.strictSame(isWhole(t, text().replaceAll('\r', ''), 2000), { kept: 2000, lost: 0 });
});

t.test('no standard output at all is nothing to stumble over', async (t) => {
  const line = `exec "$@" >&-`;
  const machine = spawn('sh', ['-c', line, 'sh', process.execPath, ...node, 'relay', '5000'], {
    stdio: ['ignore', 'pipe', 'inherit', 'pipe'],
  });
  t.teardown(() => machine.kill('SIGKILL'));
  const said = collect(machine.stdio[3] as Readable);
  await new Promise((resolve) => machine.once('close', resolve));
  t.match(said(), /^shown\nfinished (true|false)\n$/);
});

t.test('in JSON each line is an object of the schema, and so is a loss', async (t) => {
  const machine = start(t, 'pipe', 'json', '100000');
  await until('all is shown', () => machine.said() === 'shown\n');
  const text = collect(machine.process.stdout);
  await machine.ended;
  const lines: unknown[] = text()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  t.ok(lines.every(isConsoleLine));
  const read = lines.filter(isConsoleLine);
  const lost = read.map(({ lines = 0 }) => lines).reduce((sum, count) => sum + count);
  t.equal(read.filter(({ kind }) => kind === 'output').length + lost, 100_000);
  t.match(read.at(-1), { kind: 'message', level: 'info', text: 'the end' });
});
