import type { SpawnSyncReturns } from 'node:child_process';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import t from 'tap';

const project = join(import.meta.dirname, '../..');

/** From a foreign directory, with next to no environment. */
const call = (...words: readonly string[]): SpawnSyncReturns<string> =>
  spawnSync(join(project, 'bin/peiosctl'), words, { cwd: '/', encoding: 'utf8', env: { PATH: '/usr/bin:/bin' } });

t.test('help is told for everything and for one command, and fits a terminal', async (t) => {
  const page = call('--help');
  t.match(page, { status: 0, stdout: /^peiosctl talks to peinit[\s\S]*usage: peiosctl COMMAND/, stderr: '' });
  const names = [...page.stdout.matchAll(/^ {2}((?:registry )?[a-z-]+) {2,}[A-Z]/gm)].map(([, name]) => name ?? '');
  t.ok(names.length >= 20, `${names.length} commands`);
  const pages = [page.stdout];
  for (const name of names) {
    const { status, stdout } = call('help', ...name.split(' '));
    t.match(
      { status, stdout },
      { status: 0, stdout: new RegExp(`^usage: peiosctl ${name}\\b[\\s\\S]*\\nExamples\\n[\\s\\S]*\\nExit status\\n`) },
      name,
    );
    t.equal(call(...name.split(' '), '--help').stdout, stdout, name);
    pages.push(stdout);
  }
  t.strictSame(
    pages.flatMap((text) => text.split('\n')).filter((line) => line.length > 80),
    [],
  );
  t.match(call('start', '--help'), { status: 0, stdout: /^usage: peiosctl start SERVICE.* \[--no-wait\] \[-f\]\n\nStarts / });
  t.match(call('registry', '--help'), { status: 0, stdout: /registry list[\s\S]*registry watch/ });
  t.match(call(), { status: 2, stdout: /usage: peiosctl COMMAND/ });
  t.match(call('help', 'nonsense'), { status: 2, stdout: '', stderr: /there is no command nonsense; peiosctl --help lists them/ });
  t.match(call('frobnicate', '--help'), { status: 2, stdout: '' });
  t.match(call('help', 'registry', 'gte'), { status: 2, stderr: /registry takes one of .*; is get meant\?/ });
});

t.test('every program tells its version', async (t) => {
  const { version } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));
  for (const name of ['peiosctl', 'peinit', 'registryd', 'peinit-sandbox', 'peinit-vm'])
    t.match(spawnSync(join(project, 'bin', name), ['--version'], { encoding: 'utf8' }), {
      status: 0,
      stdout: `${name} ${version}\n`,
      stderr: '',
    });
});

const wrong: readonly (readonly [words: readonly string[], stderr: RegExp])[] = [
  [['frobnicate'], /there is no command frobnicate; peiosctl --help lists them/],
  [['toString'], /there is no command toString/],
  [['start'], /SERVICE\.\.\. is missing\nusage: peiosctl start SERVICE/],
  [['explain', 'a', 'b'], /one argument too many: b\nusage: peiosctl explain SERVICE/],
  [['shutdown', 'sideways'], /sideways is none of poweroff, reboot, halt\nusage: peiosctl shutdown/],
  [['stpo'], /there is no command stpo; is stop meant\?/],
  [['enable', 'web'], /there is no command enable: .*Triggers boot/],
  [['is-active', 'web'], /there is no command is-active: .*peiosctl status web ends with 0/],
  [['registry', 'imprt'], /is import meant\?/],
  [['enable', '--now', 'web.service'], /there is no command enable: .*Services\/web' Triggers boot\n$/],
  [['kill', '-s', 'HUP', 'web'], /there is no command kill: .*peiosctl stop NAME .*kill -USR1 PID/],
  [['journalctl', 'web'], /there is no command journalctl: peiosctl logs web shows/],
  [['logs', '-u', 'web'], /there is no option -u: services are named without an option: logs NAME/],
  [['logs', '--since', 'soon'], /--since takes a time such as 10m, .*, not soon\nusage: peiosctl logs \[SERVICE\.\.\.\] \[-n N\]/],
  [['logs', '--follow', '--until', 'now'], /--follow goes on with what comes, and --until has it end/],
  [['events', '--severity', 'eror'], /--severity takes one of info, warning, error, not eror; is error meant\?/],
  [['status', '-f', 'web'], /status takes no option --follow; logs -f NAME follows the output of a service/],
  [['logs', '-e', 'web'], /logs takes no option --env; the last lines are shown anyway/],
  [['events', 'web'], /no event is called web, .*; --service NAME takes/],
  [['list-boots'], /there is no command list-boots: peiosctl logs --list-boots shows/],
  [['logs', '-r'], /there is no option -r: --reverse begins with the newest\n$/],
  [['events', '-p', 'err'], /there is no option -p: events --severity warning shows/],
  [['logs', '--disk-usage'], /there is no option --disk-usage: status eventd tells how much is stored/],
  [['shutdown', '-r', 'now'], /there is no option -r: shutdown takes it as its argument/],
  [['start', '-x', 'web'], /there is no option -x; peiosctl help start lists its options\n$/],
  [['registry', 'set', 'a', 'b', '-c'], /there is no option -c; data that begins with - goes behind --\n$/],
  [['status', 'web', '-n'], /peiosctl: --lines takes a value: -n N or --lines N\n$/],
  [['status', '-n', '-5', 'web'], /peiosctl: --lines takes a value: -n N or --lines N\n$/],
  [['list', '--json=yes'], /peiosctl: --json takes no value\n$/],
  [['list', '--jsn'], /there is no option --jsn; is --json meant\?/],
  [['list', '--frob'], /there is no option --frob/],
  [['list', '-x'], /there is no option -x/],
  [['status', 'web', '-n', 'many'], /--lines takes a number up to 1000, not many/],
  [['status', '-n', '5'], /--lines needs a service/],
  [['start', 'web', '-n', '5'], /start takes no option --lines/],
  [['list', '--recursive'], /list takes no option --recursive/],
  [['reset', 'a', '--wait'], /reset takes no option --wait/],
  [['list', '--registry-socket', '/x'], /list takes no option --registry-socket/],
  [['list', '--socket'], /--socket/],
  [['start', 'a', '--wait', '--no-wait'], /--wait and --no-wait contradict each other/],
  [['registry'], /registry takes one of list, get, set, delete, import, export, watch/],
  [['registry', 'frobnicate'], /registry takes one of/],
  [['registry', 'get'], /KEY is missing\nusage: peiosctl registry get KEY/],
  [['registry', 'set', 'Machine'], /VALUE is missing\nusage: peiosctl registry set/],
  [['registry', 'import'], /FILE\.\.\. is missing/],
  [['registry', 'list', 'a', 'b'], /one argument too many: b/],
  [['registry', 'get', 'a', '--type', 'SZ'], /registry get takes no option --type/],
];
for (const [words, stderr] of wrong)
  t.test(`a wrong call is told and ends with 2: peiosctl ${words.join(' ')}`, async (t) => {
    t.match(call(...words), { status: 2, stdout: '', stderr });
  });

t.test('sockets that cannot be reached are told with what to do, with 3', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'peiosctl-test-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const socket = join(directory, 'closed.sock');
  t.match(call('list', '--socket', join(directory, 'none')), {
    status: 3,
    stderr: /^peiosctl: there is no control socket at .*peinit-sandbox exec NAME/,
  });
  t.match(call('registry', 'list', '--registry-socket', join(directory, 'none')), { status: 3, stderr: /no registry socket at/ });
  // A socket file that nobody listens at any more: made by a process that was killed.
  spawnSync(process.execPath, [
    '-e',
    `require('net').createServer().listen(${JSON.stringify(socket)}, () => process.kill(process.pid, 9))`,
  ]);
  t.match(call('list', '--socket', socket), { status: 3, stderr: /nobody listens at/ });
  t.match(call('registry', 'list', '--registry-socket', socket), { status: 3, stderr: /nobody listens at/ });
});

/** What a command says of a server that says so much and no more; null: it closes the connection and reads nothing. */
async function toldOf(t: Test, said: string | null): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'peiosctl-test-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const socket = join(directory, 'rude.sock');
  const server = createServer({ pauseOnConnect: said === null }, (connection) => {
    if (said === null) connection.destroy();
    else connection.once('data', () => connection.end(said));
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  t.teardown(() => server.close());
  const child = spawn(join(project, 'bin/peiosctl'), ['list', '--socket', socket], { stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (bytes) => {
    stderr += bytes;
  });
  t.equal(await new Promise((resolve) => child.once('close', resolve)), 3);
  return stderr;
}

t.test('a connection that ends before the answer is told, with 3', async (t) => {
  t.match(await toldOf(t, '{'), /^peiosctl: peinit closed the connection to/);
});

t.test('CTL-010 one that ends and has read nothing is tried again for a while, and told of', async (t) => {
  t.match(
    await toldOf(t, null),
    /^peiosctl: peinit has no place for one more connection at the moment; trying again for 5 s\npeiosctl: peinit closed/,
  );
});

t.test('it runs through a link, and with settings of Node around that are not its own', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'peiosctl-test-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const link = join(directory, 'peiosctl');
  symlinkSync(join(project, 'bin/peiosctl'), link);
  const env = { PATH: '/usr/bin:/bin', NODE_OPTIONS: '--require /nowhere.js' };
  t.match(spawnSync(link, ['--help'], { cwd: directory, encoding: 'utf8', env }), { status: 0, stdout: /usage: peiosctl/ });
});

/** A socket that answers every piece it is sent with the same line; its path. */
async function answering(t: Test, line: string): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'peiosctl-test-'));
  const path = join(directory, 'other.sock');
  const server = createServer((connection) => connection.on('data', () => connection.write(`${line}\n`)).on('error', () => undefined));
  await new Promise<void>((resolve) => server.listen(path, resolve));
  t.teardown(() => {
    server.close();
    rmSync(directory, { recursive: true, force: true });
  });
  return path;
}

/** As `call`, for a server in this process; a shell may redirect its output. */
async function ended(words: readonly string[], redirection = ''): Promise<{ status: number | null; stdout: string; stderr: string }> {
  const child = spawn('sh', ['-c', `exec "$0" "$@" ${redirection}`, join(project, 'bin/peiosctl'), ...words], { timeout: 10_000 });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (bytes) => {
    stdout += bytes;
  });
  child.stderr.on('data', (bytes) => {
    stderr += bytes;
  });
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { status, stdout, stderr };
}

for (const line of ['HTTP/1.1 400 Bad Request', '"ok"', '{"id":0}', '{"status":"fine","id":99}', '{"error":"EINVAL","message":"what?"}'])
  t.test(`somebody who answers ${line} is not taken for peinit or registryd`, async (t) => {
    const path = await answering(t, line);
    for (const words of [['list'], ['status'], ['status', 'web'], ['events'], ['shutdown', 'poweroff']])
      t.match(await ended([...words, '--socket', path]), {
        status: 3,
        stdout: '',
        stderr:
          `peiosctl: ${path} does not speak the protocol of peinit; ` +
          'is it the right socket? The usual one is /run/peinit/control.sock\n',
      });
    if (line === '{"id":0}') return;
    t.match(await ended(['registry', 'list', '--registry-socket', path]), {
      status: 3,
      stderr:
        `peiosctl: ${path} does not speak the protocol of registryd; ` +
        'is it the right socket? The usual one is /run/registry/registry.sock\n',
    });
  });

t.test('an answer that cannot be written is told, with 1; a reader that is gone is not', async (t) => {
  const path = await answering(t, '{"status":"ok","services":[{"service":"web","state":"active"}]}');
  for (const words of [['--help'], ['list', '--socket', path], ['list', '--json', '--socket', path]]) {
    const full = /^peiosctl: standard output cannot be written \(ENOSPC: .*\), so the answer is lost; send it to another place\n/;
    t.match(await ended(words, '>/dev/full'), { status: 1, stderr: full }, words.join(' '));
    t.match(await ended(words, '>&-'), { status: 1, stderr: /^peiosctl: standard output is closed, so the answer is lost; .*\n/ });
    t.match(await ended(words, '| true'), { stderr: /^(?!.*standard output)/ });
  }
  t.match(await ended(['list', '--frob'], '2>/dev/full'), { status: 2 }, 'the status stays where the complaint is lost');
  t.match(await ended(['list', '--frob'], '2>&-'), { status: 2 });
});

t.test('text of others does not reach the terminal as it is, except as JSON', async (t) => {
  const evil = 'a\u001b]0;title\u0007\n\u009b2Jb';
  const service = { service: evil, state: 'active', cause: null, health: null };
  const answer = {
    status: 'ok',
    id: 1,
    services: [service],
    warnings: [],
    outcome: 'starts',
    state: 'active',
    cause: null,
    detail: evil,
    service: evil,
  };
  const path = await answering(t, JSON.stringify({ ...answer, steps: [{ verdict: 'holds', text: evil }] }));
  const control = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/;
  for (const words of [['list'], ['explain', 'web']]) {
    const { status, stdout } = await ended([...words, '--socket', path]);
    t.equal(status, 0);
    t.notMatch(stdout, control);
    t.match(stdout, 'a\ufffd]0;title\ufffd\ufffd\ufffd2Jb');
  }
  t.strictSame(JSON.parse((await ended(['list', '--json', '--socket', path])).stdout).services, [service]);
  const refusing = await answering(t, JSON.stringify({ status: 'error', code: 'INVALID_STATE', message: evil }));
  t.match(await ended(['list', '--socket', refusing]), {
    status: 1,
    stderr: 'peiosctl: INVALID_STATE: a\ufffd]0;title\ufffd \ufffd2Jb\n',
  });
});
