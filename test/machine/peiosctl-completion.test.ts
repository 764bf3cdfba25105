/** Completions in the shells themselves, of live names from a socket. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import t from 'tap';

const project = join(import.meta.dirname, '../..');
const unpacked = join(project, '.cache/tools');

/** The program itself on this host, or the one that bin/setup has unpacked. */
function shell(name: string): string | null {
  for (const path of [name, join(unpacked, 'bin', name)]) if (spawnSync(path, ['--version']).status === 0) return path;
  return null;
}

function directory(t: Test): string {
  const made = mkdtempSync(join(tmpdir(), 'peiosctl-test-'));
  t.teardown(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

/** A control socket that knows three services; its path. */
async function machine(t: Test): Promise<string> {
  const services = [
    ['web-1', 'active'],
    ['web-2', 'inactive'],
    ['db', 'failed'],
  ].map(([service, state]) => ({ service, state, cause: null, health: null }));
  const path = join(directory(t), 'control.sock');
  const server = createServer((connection) =>
    connection.on('error', () => undefined).on('data', () => connection.write(`${JSON.stringify({ status: 'ok', services })}\n`)),
  );
  await new Promise<void>((resolve) => server.listen(path, resolve));
  t.teardown(() => server.close());
  return path;
}

/** What is printed, a line each, sorted; anything on standard error fails. */
async function printed(t: Test, program: string, words: readonly string[], more: Record<string, string> = {}): Promise<readonly string[]> {
  const env = { PATH: `${join(project, 'bin')}:/usr/bin:/bin`, HOME: directory(t), ...more };
  const child = spawn(program, words, { env, cwd: directory(t) });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (bytes) => {
    stdout += bytes;
  });
  child.stderr.on('data', (bytes) => {
    stderr += bytes;
  });
  await new Promise((resolve) => child.once('close', resolve));
  t.equal(stderr, '');
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .sort();
}

/** Candidates of a line, whose last word may be empty. */
type Complete = (t: Test, words: readonly string[]) => Promise<readonly string[]>;

function script(t: Test, name: string): string {
  const file = join(directory(t), 'completion');
  writeFileSync(file, spawnSync(join(project, 'bin/peiosctl'), ['completion', name], { encoding: 'utf8' }).stdout);
  return file;
}

const quoted = (word: string): string => `'${word}'`;

const ways: Record<string, (program: string) => Complete> = {
  bash: (program) => (t, words) => {
    const code =
      `source ${script(t, 'bash')}; COMP_WORDS=(peiosctl ${words.map(quoted).join(' ')}); COMP_CWORD=${words.length}; ` +
      `compopt() { :; }; _peiosctl; printf "%s\\n" "\${COMPREPLY[@]}"`;
    return printed(t, program, ['--norc', '-c', code]);
  },
  // The functions of the completion system stand in; what they are given is what zsh would show.
  zsh: (program) => async (t, words) => {
    const code =
      `module_path+=(${unpacked}/usr/lib/*/zsh/*(N)); compdef() { :; }; ` +
      `source ${script(t, 'zsh')}; words=(peiosctl ${words.map(quoted).join(' ')}); CURRENT=${words.length + 1}; ` +
      `_describe() { print -rl -- "\${(@P)4}" }; _files() { print -- FILES }; _peiosctl; true`;
    return (await printed(t, program, ['-f', '-c', code])).map((line) => line.replace(/(?<!\\):.*/, '').replaceAll('\\:', ':'));
  },
  fish: (program) => async (t, words) => {
    const code = `source ${script(t, 'fish')}; complete -C "peiosctl ${words.join(' ')}"`;
    return (await printed(t, program, ['--no-config', '-c', code])).map((line) => line.replace(/\t.*/, ''));
  },
};

for (const [name, way] of Object.entries(ways)) {
  const program = shell(name);
  const skip = program === null && `${name} is missing (npm run setup)`;
  t.test(`${name} completes commands, options and live names`, { skip }, async (t) => {
    const complete = way(program ?? '');
    const socket = await machine(t);
    t.strictSame(await complete(t, ['sta']), ['start', 'status']);
    t.strictSame(await complete(t, ['registry', 'de']), ['delete']);
    t.strictSame(await complete(t, ['help', 'ex']), ['explain']);
    t.strictSame(await complete(t, ['shutdown', '']), ['halt', 'poweroff', 'reboot']);
    t.strictSame(await complete(t, ['start', '--n']), ['--no-wait']);
    t.strictSame(await complete(t, ['registry', 'set', '--type', 'D']), ['DWORD', 'DWORD_BE']);
    t.strictSame(await complete(t, ['registry', 'set', 'Machine/System/Services/web', 'StopT']), ['StopTimeout']);
    t.strictSame(await complete(t, ['registry', 'set', 'Machine/System/Services/web', 'RestartPolicy', '']), [
      'Always',
      'Never',
      'OnFailure',
    ]);
    t.strictSame(await complete(t, ['registry', 'set', 'Machine/System/Services/web', 'Disabled', 't']), ['true']);
    t.strictSame(await complete(t, ['events', 'operation.c']), ['operation.cancelled', 'operation.completed']);
    t.strictSame(await complete(t, ['status', '--socket', socket, '']), ['db', 'web-1', 'web-2']);
    t.strictSame(await complete(t, ['status', '--socket', socket, 'web-1', 'we']), ['web-2'], 'each once');
    t.strictSame(await complete(t, ['start', '--socket', socket, '']), ['db', 'web-2'], 'those that are not up');
    t.strictSame(await complete(t, ['stop', '--socket', socket, '']), ['web-1']);
    t.strictSame(await complete(t, ['reset', '--socket', socket, '']), ['db']);
    t.strictSame(await complete(t, ['start', '--socket', '/nowhere', '']), [], 'no word where nobody answers');
  });
}

t.test('a socket that does not answer costs half a second at most', async (t) => {
  const path = join(directory(t), 'silent.sock');
  const server = createServer((connection) => connection.on('error', () => undefined));
  await new Promise<void>((resolve) => server.listen(path, resolve));
  t.teardown(() => server.close());
  const child = spawn(join(project, 'bin/peiosctl'), ['__complete', 'start', '--socket', path, ''], { stdio: 'inherit', timeout: 10_000 });
  t.equal(await new Promise((resolve) => child.once('close', resolve)), 0);
});
