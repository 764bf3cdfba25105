import { existsSync } from 'node:fs';
import t from 'tap';
import { matchEach, only } from '../support/lists.ts';
import type { Machine } from '../support/machine.ts';
import { bootSettled, cannotRun, shell, withServices } from '../support/machine.ts';
import { start as startSandboxed } from './sandbox/sandbox.ts';

const skip = cannotRun;
/** The one JSON line a command prints with --json. */
async function json(machine: Machine, ...words: readonly string[]): Promise<Record<string, unknown>> {
  const { stdout } = await machine.run('peiosctl', ...words, '--json');
  return JSON.parse(stdout);
}

/** On the host, and so in a machine with its root. */
const hasReader = existsSync('/usr/bin/man') && existsSync('/usr/share/bash-completion');

t.test(
  'man and bash find what helps with peiosctl by themselves',
  { skip: skip || (hasReader ? false : 'no man or bash-completion') },
  async (t) => {
    const machine = await bootSettled(t, { registry: withServices({}) });
    t.match(await machine.run('man', '-w', 'peiosctl'), { status: 0, stdout: /\/man1\/peiosctl\.1\n$/ });
    t.match(await machine.run('head', '-n1', '/usr/share/bash-completion/completions/peiosctl'), { status: 0, stdout: /^# .*peiosctl/ });
  },
);

const sleeper = { ...shell('echo up; exec sleep 1000'), Readiness: 'Alive' };

t.test('the commands for services: what they print, and their exit statuses', { skip }, async (t) => {
  const machine = await bootSettled(t, {
    registry: withServices({
      web: { ...sleeper, DisplayName: 'The web' },
      bad: { ...shell('echo no such thing >&2; exit 3'), RestartPolicy: 'Never' },
    }),
  });
  const run = (...words: readonly string[]) => machine.run('peiosctl', ...words);
  t.match(await run('start', 'web'), { status: 0, stdout: 'web: active, because it was asked to start\n' });
  t.match(await run('start', 'web'), { status: 0, stdout: /nothing to do/ });
  t.match(await run('status', '--no-pager', '-l', 'web'), { status: 0 });
  t.match(await run('status', 'web.service'), { status: 1, stderr: /no service "web.service" is defined\..* Is web meant\?\n$/ });
  t.match(await run('status', 'web'), {
    status: 0,
    stdout: new RegExp(
      String.raw`^web: The web\n {2}state +active since .*\n {2}cause .*explicit_start` +
        String.raw`[\s\S]*process +\d+, as SYSTEM, up \d+ s\n[\s\S]*output +\d\d:\d\d:\d\d {2}up`,
    ),
  });
  t.match(await run('restart', 'web'), { status: 0, stdout: /web: active/ });
  t.match(
    await run('reload', 'web'),
    { status: 1, stdout: /web: backoff, because its main process ended unexpectedly/ },
    'sleep dies by SIGHUP',
  );
  t.match(await run('stop', 'web'), { status: 0 });
  t.match(await run('status', 'web'), { status: 4, stdout: /state +inactive/ });
  t.match(
    await run('start', 'bad'),
    {
      status: 1,
      stdout: new RegExp(
        String.raw`^bad: failed, because its main process ended unexpectedly\n {2}detail +its main process .* exited with code 3` +
          String.raw`[\s\S]*\n {2}output +main process:\n +\d\d:\d\d:\d\d {2}no such thing\n$`,
      ),
    },
    'a failure is told with what went wrong',
  );
  t.match(await run('status', 'bad'), {
    status: 4,
    stdout: /detail +its main process \(pid \d+\) exited with code 3[\s\S]*output +main process:\n +\d\d:\d\d:\d\d {2}no such thing/,
  });
  t.match(await run('reset', 'bad'), { status: 0, stdout: /bad: inactive/ });
  t.match(await run('start', 'nope'), { status: 1, stderr: /^peiosctl: UNKNOWN_SERVICE: no service "nope" is defined\..*\n$/ });
  t.match(await run('reload', 'bad'), { status: 1, stderr: /^peiosctl: INVALID_STATE: service bad is inactive: .*\n$/ });
});

t.test('status -n shows as many lines of output as are asked for', { skip }, async (t) => {
  const machine = await bootSettled(t, {
    registry: withServices({ talker: { ...shell('for n in $(seq 40); do echo "line $n"; done; exec sleep 1000'), Readiness: 'Alive' } }),
  });
  const run = (...words: readonly string[]) => machine.run('peiosctl', ...words);
  t.match(await run('start', 'talker'), { status: 0 });
  await machine.reaches('talker', ({ output }) => output.at(-1)?.text === 'line 40');
  const shown = async (...words: readonly string[]): Promise<readonly string[]> =>
    [...(await run('status', ...words)).stdout.matchAll(/line (\d+)$/gm)].map(([, number = '']) => number);
  t.strictSame(await shown('talker'), ['36', '37', '38', '39', '40']);
  t.strictSame(await shown('-n', '3', 'talker'), ['38', '39', '40']);
  t.equal((await shown('talker', '--lines', '100')).length, 40);
  t.strictSame(await shown('-n', '0', 'talker'), []);
});

t.test('starting and stopping wait for the end, unless they are told not to', { skip }, async (t) => {
  const machine = await bootSettled(t, {
    registry: withServices({
      early: { ...sleeper, ExecStartPre: ['/bin/sleep 0.4'] },
    }),
  });
  const run = (...words: readonly string[]) => machine.run('peiosctl', ...words);
  t.match(await run('start', 'early', '--no-wait'), { status: 0, stdout: /^early: (inactive|starting)/ });
  t.match(await run('start', 'early'), { status: 0, stdout: /^early: active, because it was asked to start\n$/ }, 'joins the first');
  t.match(await run('stop', 'early', '--no-wait'), { status: 0, stdout: /^early: (stopping|inactive)/ });
  t.match(await run('stop', 'early'), { status: 0, stdout: /^early: inactive/ });
  t.match(await run('start', 'early', '--wait', '--no-wait'), { status: 2, stderr: /contradict/ });
});

t.test('a command that waits for long says what for, where somebody looks on', { skip }, async (t) => {
  const machine = await bootSettled(t, {
    registry: withServices({
      slow: { ImagePath: '/bin/sleep', Arguments: ['1000'], Requires: ['base'], StartTimeout: 4 },
      base: { ImagePath: '/bin/sleep', Arguments: ['1000'], StartTimeout: 100 },
      sick: { ...shell('exit 3'), RestartDelay: 60 },
    }),
  });
  const attended = await machine.run('script', '-qec', 'peiosctl start slow', '/dev/null');
  t.match(attended.stdout, /^peiosctl: slow is (inactive|starting) and waits for base; Ctrl-C ends the waiting only\r\n/);
  t.match(attended.stdout, /OPERATION_TIMEOUT: start of slow gave up after 4 seconds .*while it waited for base, which is starting/);
  t.match(await machine.run('peiosctl', 'start', 'sick'), { status: 1, stdout: /sick: backoff/ });
  const deferred = await machine.run('script', '-qec', 'timeout -s INT 4 peiosctl start sick', '/dev/null');
  t.match(deferred.stdout, /peiosctl: sick is in backoff, its next attempt comes in 5\d s /);
});

t.test('--json prints the answers of all commands for services', { skip }, async (t) => {
  const machine = await bootSettled(t, {
    registry: withServices({
      web: { ...shell('trap : HUP; while :; do sleep 0.05; done'), Readiness: 'Alive' },
      bad: { ...shell('exit 3'), RestartPolicy: 'Never' },
    }),
  });
  t.match(await json(machine, 'start', 'web'), {
    status: 'ok',
    operation_id: String,
    service: 'web',
    state: 'active',
    cause: 'explicit_start',
  });
  t.match(await json(machine, 'status', 'web'), { status: 'ok', service: 'web', current_job: { type: 'service_main', pid: Number } });
  t.match(await json(machine, 'explain', 'web'), { status: 'ok', outcome: 'nothing', steps: Array });
  t.match(await json(machine, 'reload', 'web', '--wait'), { status: 'ok', state: 'active', mode: 'advisory' });
  t.match(await json(machine, 'restart', 'web'), { status: 'ok', state: 'active' });
  t.match(await json(machine, 'stop', 'web'), { status: 'ok', state: 'inactive', cause: 'explicit_stop' });
  t.match(await json(machine, 'start', 'bad'), { status: 'ok', state: 'failed' });
  t.match(await json(machine, 'reset', 'bad'), { status: 'ok', state: 'inactive', cause: 'explicit_reset' });
  t.match(await json(machine, 'start', 'nope'), { status: 'error', code: 'UNKNOWN_SERVICE', message: /nope/ }, 'a refusal too');
});

t.test('--json prints the answers of all commands for the machine', { skip }, async (t) => {
  const machine = await bootSettled(t, { registry: withServices({ web: sleeper }) });
  t.match(await json(machine, 'machine-status', '--wait'), { status: 'ok', phase: 'settled', mode: 'full', times: Object });
  const status = await json(machine, 'status');
  t.match(status, { machine: { phase: 'settled' } });
  matchEach(t, status['services'], [{ service: 'registryd' }, { service: 'web' }]);
  const list = await json(machine, 'list');
  t.equal(list['status'], 'ok');
  matchEach(t, list['services'], [
    { service: 'registryd', state: 'active' },
    { service: 'web', state: 'inactive' },
  ]);
  const named = async (...words: readonly string[]) =>
    ((await json(machine, 'list', ...words))['services'] as { service: string }[]).map(({ service }) => service);
  t.strictSame([await named('w*'), await named('WEB', 'reg*'), await named('--failed')], [['web'], ['registryd', 'web'], []]);
  t.strictSame(only(await machine.run('peiosctl', 'list', '--failed'), 'status', 'stdout', 'stderr'), {
    status: 0,
    stdout: '',
    stderr: 'peiosctl: nothing has failed\n',
  });
  t.match(await machine.run('peiosctl', 'list', 'wbe'), { status: 1, stderr: /UNKNOWN_SERVICE: no service matches wbe\./ });
  const reloaded = await json(machine, 'reload-config');
  t.strictSame(only(reloaded, 'status', 'warnings'), { status: 'ok', warnings: [] });
  t.strictSame(reloaded['summary'], { added: [], updated: [], restored: [], marked_removed: [], discarded: [] });
  const { operation_id } = await json(machine, 'start', 'web');
  t.match(await json(machine, 'operation-status', String(operation_id)), {
    status: 'ok',
    operation: { type: 'start', state: 'completed' },
  });
  t.match(await json(machine, 'operation-status', '01900000-0000-7000-8000-000000000000'), { status: 'error', code: 'UNKNOWN_OPERATION' });
});

t.test('who may do nothing is told so', { skip }, async (t) => {
  const machine = await bootSettled(t, { registry: withServices({ web: sleeper }) });
  const asNobody = (...words: readonly string[]) =>
    machine.run('setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', 'peiosctl', ...words);
  t.match(await asNobody('list'), { status: 0, stderr: /no service that you may look at/ });
  t.match(await asNobody('start', 'web'), { status: 1, stderr: /^peiosctl: ACCESS_DENIED: / });
  t.match(await asNobody('shutdown', 'poweroff'), { status: 1, stderr: /^peiosctl: ACCESS_DENIED: / });
  t.match(await asNobody('registry', 'list', 'Machine/System/Services'), {
    status: 1,
    stderr: /^peiosctl: EACCES: .* may not open the key /,
  });
});

t.test('a change that cannot be taken over is told by status until it is repaired, and changes nothing', { skip }, async (t) => {
  const machine = await bootSettled(t, { registry: withServices({ web: sleeper }) });
  const run = (...words: readonly string[]) => machine.run('peiosctl', ...words);
  const key = 'Machine\\System\\Services\\web';
  const overview = async (): Promise<string> => (await run('status')).stdout;
  const warning = /warning +changes of the registry are not taken over: .*service web: ImagePath "relative" is not an absolute path/;
  t.match(await run('registry', 'set', key, 'ImagePath', 'relative', '--force'), {
    status: 1,
    stderr: /set, but not in force: service web/,
  });
  await machine.shows(/changes of the registry are not taken over/);
  t.match(await overview(), warning);
  t.match(await run('reload-config'), { status: 1, stderr: /INVALID_STATE: .*ImagePath "relative"/ });
  t.match(await run('start', 'web'), { status: 0, stdout: /web: active/ }, 'the definition before it is in force');
  t.match(await run('registry', 'set', key, 'ImagePath', '/bin/sh'), { status: 0 });
  t.match(await run('reload-config'), { status: 0 });
  t.notMatch(await overview(), warning);
});

t.test('explain tells why a service is as it is and what a start would do, and does nothing', { skip }, async (t) => {
  const machine = await bootSettled(t, {
    registry: withServices({
      web: { ...sleeper, Requires: ['store'], Wants: ['extra', 'broken'], Conflicts: ['old'], Conditions: ['directory:/etc'] },
      store: sleeper,
      extra: { ...sleeper, Triggers: ['boot'] },
      old: { ...sleeper, Triggers: ['boot'] },
      broken: { ImagePath: 'relative' },
      skipped: { ...sleeper, Conditions: ['file:/etc', 'path:/nowhere'] },
      failing: { ...sleeper, Asserts: ['path:/nowhere'] },
      orphan: { ...sleeper, Requires: ['nobody'] },
    }),
  });
  const explain = async (service: string): Promise<string> => (await machine.run('peiosctl', 'explain', service)).stdout;
  const web = await explain('web');
  t.match(web, /^web is inactive: it has not been started yet\na start would bring it up:\n/);
  t.match(web, /\+ Conditions: directory:\/etc holds\n/);
  t.match(web, /> Requires: store is inactive and is started first\n/);
  t.match(web, /\+ Wants: extra is active\n/);
  t.match(web, /\. Wants: broken is failed and cannot be started, which does not matter\n/);
  t.match(web, /x Conflicts: old is active and is stopped first\n/);
  t.match(await explain('extra'), /extra is active: because it was asked to start\na start would do nothing:/);
  t.match(
    await explain('skipped'),
    /a start would skip it:[\s\S]*! Conditions: file:\/etc does not hold\n[\s\S]*! Conditions: path:\/nowhere does not hold/,
  );
  t.match(await explain('failing'), /a start would fail:[\s\S]*! Asserts: path:\/nowhere does not hold/);
  t.match(await explain('broken'), /broken is failed: because its definition is invalid\n.*ImagePath[\s\S]*a start would fail:/);
  t.match(await explain('orphan'), /a start would fail:[\s\S]*! .*nobody/);
  const states = (await (await machine.client()).list()).services.map(({ service, state }) => `${service} ${state}`);
  t.ok(states.includes('web inactive') && states.includes('store inactive') && states.includes('old active'), 'nothing was done');
});

t.test('the sockets of peinit and registryd taken for each other are told at once', { skip }, async (t) => {
  const machine = await bootSettled(t, { registry: withServices({ web: sleeper }) });
  const run = (...words: readonly string[]) => machine.run('timeout', '10', 'peiosctl', ...words);
  for (const command of ['list', 'status', 'events'])
    t.match(
      await run(command, '--socket', '/run/registry/registry.sock'),
      { status: 3, stderr: /not speak the protocol of peinit/ },
      command,
    );
  for (const words of [['list'], ['watch', 'Machine']])
    t.match(await run('registry', ...words, '--registry-socket', '/run/peinit/control.sock'), {
      status: 3,
      stderr: /not speak the protocol of registryd/,
    });
  t.match(await run('list', '--socket', '/run/peinit/notify.sock'), { status: 3, stderr: /not speak the protocol of peinit/ });
});

t.test('what definitions say does not steer the terminal of whoever looks', { skip }, async (t) => {
  const evil = 'x\u001b[2J\u0007';
  const machine = await bootSettled(t, {
    registry: withServices({
      web: { ...sleeper, DisplayName: evil, Conditions: [`file:/${evil}`] },
      [`w${evil}`]: sleeper,
      late: { ...sleeper, Triggers: ['boot'], Asserts: [`file:/${evil}`] },
    }),
  });
  const texts = [machine.console()];
  for (const words of [
    ['list'],
    ['status', 'web'],
    ['explain', 'web'],
    ['status', 'late'],
    ['reload-config'],
    ['registry', 'list', 'Machine\\System\\Services'],
  ]) {
    const { stdout, stderr } = await machine.run('peiosctl', ...words);
    texts.push(stdout + stderr);
  }
  for (const text of texts) t.notMatch(text, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
  t.match(machine.console(), /late: failed: .*x\ufffd\[2J\ufffd/);
  t.match(texts[2], /^web: x\ufffd\[2J\ufffd\n/);
});

t.test('the commands for the machine', { skip }, async (t) => {
  const machine = await bootSettled(t, { registry: withServices({ web: { ...sleeper, Triggers: ['boot'] } }) });
  const run = (...words: readonly string[]) => machine.run('peiosctl', ...words);
  t.match(await run('list'), {
    status: 0,
    stdout: /^SERVICE +STATE +CAUSE +HEALTH\nregistryd +active +explicit_start +-\nweb +active +explicit_start +-\n$/,
  });
  const listed = JSON.parse((await run('list', '--json')).stdout);
  t.equal(listed.status, 'ok');
  matchEach(t, listed.services, [{ service: 'registryd' }, { service: 'web', state: 'active' }]);
  t.match(await run('status'), { status: 0, stdout: /^ {2}phase +settled\n {2}mode +full\n[\s\S]*services +2 active\n$/ });
  t.match(await run('machine-status', '--wait'), { status: 0, stdout: /mode +full/ });
  t.match(await run('reload-config'), { status: 0, stdout: 'nothing has changed\n' });
  const operation = JSON.parse((await run('stop', 'web', '--json')).stdout).operation_id;
  t.match(await run('operation-status', operation), {
    status: 0,
    stdout: /stop of web, asked for by admin[\s\S]*state +completed\n {2}result +inactive/,
  });
  const events = startSandboxed(t, ['exec', machine.name, '--', 'peiosctl', 'events', 'service.*', '--json']);
  // The first steps may come before the stream stands.
  for (let turn = 0; events.stdout() === '' && turn < 25; turn++) for (const verb of ['start', 'stop']) await run(verb, 'web');
  t.match(events.stdout(), /"event":"service.state".*"service":"web"/);
  for (const line of events.stdout().trim().split('\n')) t.match(JSON.parse(line), { kind: 'event', event: 'service.state' });
  events.process.kill('SIGTERM');
  t.match(await run('shutdown', 'sideways'), {
    status: 2,
    stderr: /sideways is none of poweroff, reboot, halt[\s\S]*usage: peiosctl shutdown/,
  });
  // The machine may be gone before the command has said so.
  await run('shutdown', 'poweroff');
  t.equal((await machine.running.ended).status, 0);
});
