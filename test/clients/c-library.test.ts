/** The C library without a machine: how it is built and installed, what is inside, and what it makes of servers that are not sound. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import type { Test } from 'tap';
import t from 'tap';
import type { Driver } from '../conformance/runner/drivers.ts';
import { startDriver } from '../conformance/runner/drivers.ts';
import { project, temporaryDirectory } from '../machine/sandbox/sandbox.ts';
import { buildAll, built, cannotBuild, cannotBuildCxx, make } from './c-build.ts';
import { onLines, serve } from './line-server.ts';

if (cannotBuild !== false) console.error(cannotBuild);
else buildAll();
const skip = cannotBuild;
const home = join(project, 'clients/c');
const golden = join(project, 'gen/golden/control/machine-status.answer.jsonl');

t.test('JSON, memory, waits, event loops and versions, under ASan and UBSan', { skip }, async (t) => {
  const { status, stdout, stderr } = spawnSync(join(built.sanitized, 'library-test'), [golden], { encoding: 'utf8', timeout: 300_000 });
  const told = stdout.split('\n').filter((line) => /^(?:not )?ok /.test(line));
  for (const line of told) t.ok(line.startsWith('ok '), line.replace(/^.*? - /, ''));
  t.equal(stderr, '');
  t.equal(status, 0);
  t.ok(told.length > 30);
});

t.test('a program in C++ includes the header without a warning', { skip: cannotBuildCxx }, async (t) => {
  const directory = temporaryDirectory(t);
  const source = join(directory, 'program.cc');
  writeFileSync(source, '#include <peinit.h>\nint main() { return peinit_text_is(peinit_text_of("a"), "a") ? 0 : 1; }\n');
  const words = ['-std=c++17', '-Wall', '-Wextra', '-Wpedantic', '-Werror', `-I${home}/include`, `-I${home}/generated`];
  const { status, stderr } = spawnSync('g++', [...words, '-fsyntax-only', source], { encoding: 'utf8' });
  t.equal(stderr, '');
  t.equal(status, 0);
});

t.test('it installs with its headers and a pkg-config file, and a program is built with these alone', { skip }, async (t) => {
  const directory = temporaryDirectory(t);
  const prefix = join(directory, 'usr');
  make(`BUILD=${join(directory, 'build')}`, `PREFIX=${prefix}`, 'CFLAGS=-O0', 'install');
  const flags = execFileSync('pkg-config', ['--cflags', '--libs', 'libpeinit'], {
    encoding: 'utf8',
    env: { ...process.env, PKG_CONFIG_PATH: join(prefix, 'lib/pkgconfig') },
  });
  const program = join(directory, 'tool');
  execFileSync('gcc', ['-std=c11', join(home, 'examples/tool.c'), ...flags.trim().split(/\s+/), '-o', program]);
  t.match(execFileSync('readelf', ['-d', program], { encoding: 'utf8' }), /NEEDED.*\[libpeinit\.so\.0\]/);
  const { status, stderr } = spawnSync(program, ['x'], { encoding: 'utf8', env: { LD_LIBRARY_PATH: join(prefix, 'lib') } });
  t.match(stderr, /there is no control socket at \/run\/peinit\/control\.sock/);
  t.equal(status, 1);
});

t.test('the shared library shows what the headers declare and nothing else', { skip }, async (t) => {
  const shown = execFileSync('nm', ['-D', '--defined-only', join(built.plain, 'libpeinit.so')], { encoding: 'utf8' });
  const symbols = shown.split('\n').flatMap((line) => line.split(' ')[2] ?? []);
  const headers = ['include/peinit', 'generated/peinit'].flatMap((directory) =>
    readdirSync(join(home, directory)).map((name) => readFileSync(join(home, directory, name), 'utf8')),
  );
  const declared = headers.flatMap((text) => [...text.matchAll(/PEINIT_API [^(]*?(peinit_\w+)\(/g)].map(([, name = '']) => name));
  t.strictSame(symbols.sort(), declared.sort());
});

function driver(t: Test): Driver {
  const started = startDriver(join(built.sanitized, 'peinit-c-driver'));
  t.teardown(() => started.close());
  return started;
}

/** Answers each line with what the next of these gives. */
const answering =
  (...answers: readonly string[]) =>
  (socket: Socket): void => {
    const rest = [...answers];
    onLines(socket, () => rest.shift() ?? '');
  };

type Socket3 = 'control' | 'registry' | 'query';

async function opened(t: Test, socket: Socket3, path: string): Promise<Driver> {
  const started = driver(t);
  t.strictSame(await started.request({ do: 'open', connection: 'a', socket, path }), { done: true });
  return started;
}

const call = (name: string, command: string, members: Record<string, unknown> = {}) =>
  ({ do: 'call', connection: 'a', call: name, command, members }) as Parameters<Driver['request']>[0];
const answer = (name: string) => ({ do: 'answer', call: name }) as const;

const listed = (service: string): string =>
  `{"status":"ok","services":[{"service":"${service}","state":"melting","cause":null,"health":null,"granted":["FLY"],"new":[1]}]}\n`;
const seen = (service: string) => ({ services: [{ service, state: 'melting', cause: null, health: null, granted: ['FLY'] }] });

t.test('values that are not known are kept, and unknown members are passed over', { skip }, async (t) => {
  const at = await opened(t, 'control', await serve(t, answering(listed('a'))));
  await at.request(call('1', 'list'));
  t.strictSame(await at.request(answer('1')), { answer: seen('a') });
});

t.test('a call that was given up or came too late takes its answer with it, and the next ones get theirs', { skip }, async (t) => {
  const path = await serve(t, answering('', '', '', listed('a') + listed('b') + listed('c') + listed('d')));
  const at = await opened(t, 'control', path);
  for (const name of ['1', '2']) await at.request(call(name, 'list'));
  await at.request({ do: 'call', connection: 'a', call: '3', command: 'list', members: {}, timeout_ms: 50 });
  await at.request({ do: 'cancel', call: '1' });
  t.match(await at.request(answer('3')), { failed: { kind: 'timeout' } });
  await at.request(call('4', 'list'));
  t.strictSame(await at.request(answer('2')), { answer: seen('b') });
  t.strictSame(await at.request(answer('4')), { answer: seen('d') });
  t.match(await at.request(answer('1')), { failed: { kind: 'cancelled' } });
});

t.test('whoever is turned away asks again, everything and in order', { skip }, async (t) => {
  const path = await serve(t, (socket, number) => (number < 3 ? socket.destroy() : answering(listed('a'), listed('b'))(socket)));
  const at = await opened(t, 'control', path);
  await at.request(call('1', 'list'));
  await at.request(call('2', 'list'));
  t.strictSame(await at.request(answer('1')), { answer: seen('a') });
  t.strictSame(await at.request(answer('2')), { answer: seen('b') });
});

t.test('so it is at a registry that says EBUSY at once', { skip }, async (t) => {
  const busy = '{"id":0,"error":"EBUSY","message":"full"}\n';
  const path = await serve(t, (socket, number) => (number < 3 ? socket.end(busy) : answering('{"id":1,"status":"ok"}\n')(socket)));
  const at = await opened(t, 'registry', path);
  await at.request(call('1', 'close', { handle: 1 }));
  t.strictSame(await at.request(answer('1')), { answer: {} });
});

t.test('what may have been read is not asked again when the connection ends', { skip }, async (t) => {
  let asked = 0;
  const path = await serve(t, (socket) => {
    answering(listed('a'))(socket);
    socket.on('data', () => {
      asked += 1;
      if (asked === 2) socket.destroy();
    });
  });
  const at = await opened(t, 'control', path);
  await at.request(call('1', 'list'));
  t.strictSame(await at.request(answer('1')), { answer: seen('a') });
  await at.request(call('2', 'stop', { service: 'x' }));
  t.match(await at.request(answer('2')), { failed: { kind: 'connection' } });
  t.equal(asked, 2);
});

t.test('what may have been read at once is not asked again, whatever came before the end', { skip }, async (t) => {
  for (const said of ['', '{"status":"ok","serv']) {
    let asked = 0;
    const path = await serve(t, (socket) =>
      socket.once('data', () => {
        asked += 1;
        socket.end(said);
      }),
    );
    const at = await opened(t, 'control', path);
    await at.request(call('1', 'stop', { service: 'x' }));
    t.match(await at.request(answer('1')), { failed: { kind: 'connection' } });
    t.equal(asked, 1);
  }
});

t.test('a line that nobody asked for is not taken for the next answer', { skip }, async (t) => {
  let said = (): void => undefined;
  const isSaid = new Promise<void>((resolve) => {
    said = resolve;
  });
  const path = await serve(t, (socket) => {
    answering(listed('b'))(socket);
    socket.write(listed('a'), () => said());
  });
  const at = await opened(t, 'control', path);
  await isSaid;
  t.strictSame(await at.request(call('1', 'list')), { done: true });
  t.match(await at.request(answer('1')), { failed: { kind: 'protocol' } });
});

t.test('answers by id may overtake each other, and parts of a tree are joined', { skip }, async (t) => {
  const node = (path: string, ...names: readonly string[]) => ({ path, values: names.map((name) => ({ name, type: 'SZ', data: name })) });
  const line = (value: object): string => `${JSON.stringify(value)}\n`;
  const path = await serve(
    t,
    answering(
      '',
      line({ id: 1, status: 'ok', nodes: [node('', 'a'), node('k', 'b')], more: true }) +
        line({ id: 2, status: 'ok', names: ['n'] }) +
        line({ id: 1, status: 'ok', nodes: [node('k', 'c'), node('l')], more: true }) +
        line({ id: 1, status: 'ok', nodes: [], more: false }),
    ),
  );
  const at = await opened(t, 'registry', path);
  await at.request(call('tree', 'read-tree', { path: 'x' }));
  await at.request(call('names', 'enum', { path: 'x' }));
  t.strictSame(await at.request(answer('tree')), { answer: { nodes: [node('', 'a'), node('k', 'b', 'c'), node('l')], more: false } });
  t.strictSame(await at.request(answer('names')), { answer: { names: ['n'] } });
});

/** Lines that break the protocol, and what the error must name. */
const broken: readonly (readonly [string, string, RegExp])[] = [
  ['a member that is missing', '{"status":"ok"}\n', /^services should be a list and is missing$/],
  ['null where there is none', '{"status":"ok","services":null}\n', /^services should be a list and is null$/],
  ['a value of another type', listed('a').replace('"a"', '7'), /^services\[0\]\.service should be a text and is the number 7$/],
  ['an enum that is no text', listed('a').replace('"FLY"', '{}'), /^services\[0\]\.granted\[0\] should be a text and is an object$/],
  ['no JSON', 'Hello.\n', /does not speak the protocol of the control socket \(it is no JSON\)/],
  ['a member that stands there twice', '{"status":"ok","status":"ok"}\n', /a member is written twice/],
  ['a list', '[]\n', /a line that is no object/],
  ['an outcome that there is not', '{"status":"fine"}\n', /without what its answers begin with/],
  ['a code that is missing', '{"status":"error","message":"x"}\n', /^code should be a text and is missing$/],
];

t.test('a line that breaks the protocol is an error that says where, and what should be there', { skip }, async (t) => {
  for (const [title, line, message] of broken) {
    const at = await opened(t, 'control', await serve(t, answering(line)));
    await at.request(call('1', 'list'));
    t.match(await at.request(answer('1')), { failed: { kind: 'protocol', message } }, title);
  }
});

t.test('an answer that is not sound fails alone', { skip }, async (t) => {
  const at = await opened(t, 'control', await serve(t, answering('{"status":"ok"}\n', listed('b'))));
  await at.request(call('1', 'list'));
  await at.request(call('2', 'list'));
  t.match(await at.request(answer('1')), { failed: { kind: 'protocol' } });
  t.strictSame(await at.request(answer('2')), { answer: seen('b') });
});

t.test('lines of a stream of unknown kinds, events and forms are handed on', { skip }, async (t) => {
  const line = (value: object): string => `${JSON.stringify(value)}\n`;
  const unknown = { kind: 'event', id: 1, event: 'moon.landed', timestamp: 'now', payload: { crew: 3, at: [1, null] } };
  const newKind = { kind: 'postcard' };
  const control = await opened(
    t,
    'control',
    await serve(t, answering(`{"status":"ok"}\n${line(unknown)}${line({ ...newKind, text: 'x' })}`)),
  );
  t.strictSame(await control.request({ do: 'stream', connection: 'a', stream: 's', command: 'subscribe', members: {} }), { answer: {} });
  t.strictSame(await control.request({ do: 'take', stream: 's', count: 2, timeout_ms: 20_000 }), {
    lines: [unknown, newKind],
    ended: false,
  });
  const entries = [{ kind: 'poem', lines: ['a'] }];
  const part = line({ id: 1, status: 'ok', entries, more: false, caught_up: true, cursor: null });
  const query = await opened(t, 'query', await serve(t, answering(part)));
  t.strictSame(await query.request({ do: 'stream', connection: 'a', stream: 's', command: 'logs', members: {} }), { answer: {} });
  t.strictSame(await query.request({ do: 'take', stream: 's', count: 2, timeout_ms: 20_000 }), { lines: entries, ended: true });
});

t.test('a request with a member that the library has no place for is not sent without it', { skip }, async (t) => {
  const at = await opened(t, 'control', await serve(t, answering()));
  t.match(await at.request(call('1', 'status', { service: 'a', colour: 'red' })), { unsupported: /no place/ });
  t.match(await at.request(call('1', 'status', {})), { unsupported: /^service should be a text and is missing$/ });
});
