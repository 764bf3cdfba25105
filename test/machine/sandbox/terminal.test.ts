import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import t from 'tap';
import { until } from '../../support/wait.ts';
import { onTerminal } from './on-terminal.ts';
import { cannotRun, freshName, hasTerminal, launcher, listed, project, standInRuntime, start } from './sandbox.ts';

t.test('COMMAND on a terminal', { skip: cannotRun }, async (t) => {
  const runtime = standInRuntime(t);
  const booting = (...command: readonly string[]): string =>
    [launcher, '--runtime', runtime, '--project', project, '--no-base', '--name', freshName(), '--', ...command].join(' ');

  t.test('a shell has job control, and its exit status is that of the sandbox', async (t) => {
    const terminal = onTerminal(t, booting('sh'));
    await until('the shell prompts', () => terminal.output().includes('# '));
    terminal.type('true | cat; echo $((40 + 2)); exit 7\n');
    t.equal(await terminal.ended, 7);
    t.match(terminal.output(), /42/);
    t.notMatch(terminal.output(), /cannot|can't/i);
  });

  t.test('Ctrl-C ends the command and with it the machine; Ctrl-Z leaves it running', async (t) => {
    const terminal = onTerminal(t, booting('sh', '-c', "'echo begun; exec sleep 1000'"));
    await until('it runs', () => terminal.output().includes('begun'));
    terminal.type('\x1a');
    terminal.type('\x03');
    t.equal(await terminal.ended, 130);
  });

  t.test('a shell outside has its terminal back, and keeps it when the sandbox runs in the background', async (t) => {
    const terminal = onTerminal(t, 'sh');
    await until('the shell outside prompts', () => terminal.output().includes('# '));
    terminal.type(`${booting('true')}; echo first $?\n`);
    await until('it is over', () => terminal.output().includes('first 0'));
    terminal.type(`${booting('true')} & wait; read line; echo second $line\nhere\nexit 5\n`);
    t.equal(await terminal.ended, 5);
    t.match(terminal.output(), /second here/);
  });
});

t.test('BOOT-065 in Recovery on a terminal the shell has Ctrl-C, and three of them end the machine', { skip: cannotRun }, async (t) => {
  execFileSync('sh', [join(project, 'bin/build-runtime')]);
  const words = ['--runtime', join(project, 'build/runtime'), '--name', freshName(), '--cmdline', 'peios.recovery=1'];
  const terminal = onTerminal(t, [launcher, ...words].join(' '));
  // The console may say something behind the prompt.
  await until('the shell prompts', () => /\n# /.test(terminal.output()), { more: terminal.output });
  // What has said something is in the foreground.
  terminal.type("sh -c 'echo begun $((40 + 2)); exec sleep 1000'\n");
  await until('it runs', () => terminal.output().includes('begun 42'));
  terminal.type('\x03');
  terminal.type('echo still $((40 + 2))\n');
  await until('the shell goes on', () => terminal.output().includes('still 42'));
  terminal.type('\x03\x03\x03');
  t.equal(await terminal.ended, 0);
  t.match(terminal.output(), /for reboot: SIGINT/);
});

/** Commands that enter a machine from a terminal. */
t.test('exec on a terminal', { skip: cannotRun }, async (t) => {
  const runtime = standInRuntime(t);
  const name = freshName();
  start(t, ['--runtime', runtime, '--project', project, '--no-base', '--name', name]);
  const { cgroup } = await listed(name);
  const entering = (...command: readonly string[]): string => [launcher, 'exec', name, '--', ...command].join(' ');

  t.test('a shell has job control, and its exit status comes back', async (t) => {
    const terminal = onTerminal(t, entering('sh'));
    await until('the shell prompts', () => terminal.output().includes('# '));
    terminal.type('echo $((40 + 2)); exit 7\n');
    t.equal(await terminal.ended, 7);
    t.match(terminal.output(), /42/);
    t.notMatch(terminal.output(), /cannot|can't/i);
  });

  t.test('Ctrl-C ends the command', async (t) => {
    const terminal = onTerminal(t, entering('sh', '-c', "'echo begun; exec sleep 1000'"));
    await until('it runs', () => terminal.output().includes('begun'));
    terminal.type('\x03');
    t.equal(await terminal.ended, 130);
  });

  t.test('Ctrl-Z stops it, and the shell outside can go on with it', async (t) => {
    const terminal = onTerminal(t, 'sh');
    await until('the shell outside prompts', () => terminal.output().includes('# '));
    terminal.type(`${entering('sh', '-c', "'sleep 1000; echo over'")}\n`);
    // Stopped in the midst of vfork, a shell would not stop: its child does.
    await until('it runs', () => hasTerminal(`${cgroup}/@exec`, 'sleep'));
    terminal.type('\x1a');
    await until('the shell outside says so', () => /Stopped/.test(terminal.output()));
    terminal.type('echo outside $((40 + 2))\n');
    await until('the shell outside is back', () => terminal.output().includes('outside 42'));
    terminal.type('fg\n');
    await until('it has the terminal again', () => hasTerminal(`${cgroup}/@exec`, 'sleep'));
    terminal.type('\x03');
    terminal.type('echo ended with $?; exit 3\n');
    t.equal(await terminal.ended, 3);
    t.match(terminal.output(), /ended with 130/);
  });

  t.test('what ends in the background leaves the terminal to the shell outside', async (t) => {
    const terminal = onTerminal(t, 'sh');
    await until('the shell outside prompts', () => terminal.output().includes('# '));
    terminal.type(`${entering('sh', '-c', "'sleep 1000'")}\n`);
    await until('it runs', () => hasTerminal(`${cgroup}/@exec`, 'sleep'));
    terminal.type('\x1a');
    await until('the shell outside says so', () => /Stopped/.test(terminal.output()));
    terminal.type('bg; kill -TERM %1; wait; echo still $((40 + 2)); exit 3\n');
    t.equal(await terminal.ended, 3);
    t.match(terminal.output(), /still 42/);
  });

  t.test('in a pipeline the terminal stays with whoever reads it, and modes are mended behind a killed shell', async (t) => {
    const terminal = onTerminal(t, 'sh');
    await until('the shell outside prompts', () => terminal.output().includes('# '));
    terminal.type(`${entering('seq', '3')} | sh -c 'read answer </dev/tty; cat; echo answer $answer'\n`);
    terminal.type('yes\n');
    await until('the reader has its answer', () => /answer yes/.test(terminal.output()));
    terminal.type(`${entering('sh', '-c', "'stty -echo; kill -9 $$'")}; stty -a | grep -o ' echo '; exit 4\n`);
    t.equal(await terminal.ended, 4);
    t.match(terminal.output(), / echo \r/);
    t.notMatch(terminal.output(), /Stopped/);
  });
});
