import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { bootSettled, cannotRun, project, shell, waitFor, withServices } from '../support/machine.ts';
import { start as startSandboxed } from './sandbox/sandbox.ts';

const skip = cannotRun;
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
  t.match(await run('status', 'web'), {
    status: 0,
    stdout:
      /^web: The web\n {2}state +active since .*\n {2}cause .*explicit_start[\s\S]*process +\d+, as SYSTEM, up \d+ s\n[\s\S]*output +up/,
  });
  t.match(await run('restart', 'web'), { status: 0, stdout: /web: active/ });
  t.match(
    await run('reload', 'web', '--wait'),
    { status: 1, stdout: /web: backoff, because its main process ended unexpectedly/ },
    'sleep dies by SIGHUP',
  );
  t.match(await run('stop', 'web'), { status: 0 });
  t.match(await run('status', 'web'), { status: 4, stdout: /state +inactive/ });
  t.match(await run('start', 'bad'), { status: 1, stdout: /bad: failed, because its main process ended unexpectedly/ });
  t.match(await run('status', 'bad'), { status: 4, stdout: /detail +service bad: [\s\S]*output +no such thing/ });
  t.match(await run('reset', 'bad'), { status: 0, stdout: /bad: inactive/ });
  t.match(await run('start', 'nope'), { status: 1, stderr: /^peiosctl: UNKNOWN_SERVICE: no service "nope" is defined\..*\n$/ });
  t.match(await run('reload', 'bad'), { status: 1, stderr: /INVALID_STATE/ });
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

t.test('the commands for the machine', { skip }, async (t) => {
  const machine = await bootSettled(t, { registry: withServices({ web: { ...sleeper, Triggers: ['boot'] } }) });
  const run = (...words: readonly string[]) => machine.run('peiosctl', ...words);
  t.match(await run('list'), {
    status: 0,
    stdout: /^SERVICE +STATE +CAUSE +HEALTH\nregistryd +active +explicit_start +-\nweb +active +explicit_start +-\n$/,
  });
  t.match(JSON.parse((await run('list', '--json')).stdout), {
    status: 'ok',
    services: [{ service: 'registryd' }, { service: 'web', state: 'active' }],
  });
  t.match(await run('status'), { status: 0, stdout: /phase +settled[\s\S]*services +2 active/ });
  t.match(await run('machine-status', '--wait'), { status: 0, stdout: /mode +full/ });
  t.match(await run('reload-config'), { status: 0, stdout: 'nothing has changed\n' });
  const operation = JSON.parse((await run('stop', 'web', '--json')).stdout).operation_id;
  t.match(await run('operation-status', operation), {
    status: 0,
    stdout: /stop of web, asked for by admin[\s\S]*state +completed\n {2}result +inactive/,
  });
  const events = startSandboxed(t, ['exec', machine.name, '--', 'peiosctl', 'events', 'service.*']);
  await waitFor('an event', () => {
    void run('start', 'web').then(() => run('stop', 'web'));
    return /"event":"service.state".*"service":"web"/.test(events.stdout());
  });
  events.process.kill('SIGTERM');
  t.match(await run('shutdown', 'sideways'), {
    status: 2,
    stderr: /sideways is none of poweroff, reboot, halt[\s\S]*usage: peiosctl shutdown/,
  });
  // The machine may be gone before the command has said so.
  await run('shutdown', 'poweroff');
  t.equal((await machine.running.ended).status, 0);
});

t.test('the commands for the registry', { skip }, async (t) => {
  const machine = await bootSettled(t, { registry: withServices({ web: sleeper }) });
  const run = (...words: readonly string[]) => machine.run('peiosctl', 'registry', ...words);
  const key = 'Machine\\System\\Services\\web';
  t.match(await run('list', 'Machine\\System\\Services'), { status: 0, stdout: /web\\/ });
  t.match(await run('set', key, 'RestartPolicy', 'Always'), { status: 0, stdout: '' });
  t.match(await run('get', key, 'RestartPolicy'), { status: 0, stdout: '2\n' });
  t.match(await run('set', key, 'RestartPolicy', 'Sometimes'), {
    status: 2,
    stderr: /"Sometimes" is not one of Never \(0\), OnFailure \(1\), Always \(2\)/,
  });
  t.match(await run('set', key, 'Requires', 'a', 'b'), { status: 0 });
  t.match(await run('get', key, 'Requires'), { stdout: '"a" "b"\n' });
  t.match(await run('delete', key, 'Requires'), { status: 0 });
  t.match(await run('get', key, 'Requires'), { status: 1, stderr: /ENOENT/ });
  writeFileSync(machine.path('/run/bad.yaml'), 'Machine\\System\\Services\\x:\n  ImagePath: /bin/true\n  Type: Sometimes\n');
  t.match(await run('import', '/run/bad.yaml'), { status: 2, stderr: /bad\.yaml:3: .*Services\\x: Type: [\s\S]*nothing was imported/ });
  t.match(await run('get', 'Machine\\System\\Services\\x'), { status: 1 });
  const exported = await run('export', key);
  writeFileSync(machine.path('/run/copy.yaml'), exported.stdout.replaceAll('Services\\web', 'Services\\copy'));
  t.match(await run('import', '/run/copy.yaml'), { status: 0, stdout: /imported \d+ values in 1 keys/ });
  t.match(await run('export', 'Machine\\System\\Services\\copy'), {
    stdout: exported.stdout.replaceAll('Services\\web', 'Services\\copy'),
  });
  const watch = startSandboxed(t, ['exec', machine.name, '--', 'peiosctl', 'registry', 'watch', key]);
  await waitFor('a change', () => {
    void run('set', key, 'StopTimeout', '3');
    return /value_set +Machine\\System\\Services\\web StopTimeout/.test(watch.stdout());
  });
  watch.process.kill('SIGTERM');
  t.match(await run('frobnicate'), { status: 2, stderr: /registry takes one of list, get, set/ });
});

t.test('wrong calls and unreachable sockets are told with what to do, from any directory', async (t) => {
  const call = (...words: readonly string[]) =>
    spawnSync(join(project, 'bin/peiosctl'), words, { cwd: '/', encoding: 'utf8', env: { PATH: '/usr/bin:/bin' } });
  t.match(call('--help'), { status: 0, stdout: /usage: peiosctl COMMAND/ });
  t.match(call(), { status: 2, stdout: /usage: peiosctl COMMAND/ });
  t.match(call('frobnicate'), { status: 2, stderr: /there is no command frobnicate/ });
  t.match(call('start'), { status: 2, stderr: /SERVICE is missing\nusage: peiosctl start SERVICE/ });
  t.match(call('start', 'a', 'b'), { status: 2, stderr: /one argument too many: b/ });
  t.match(call('list', '--frob'), { status: 2, stderr: /--frob/ });
  t.match(call('list', '--socket', '/nowhere/control.sock'), {
    status: 3,
    stderr: /there is no control socket at \/nowhere\/control\.sock/,
  });
  t.match(call('registry', 'list', '--registry-socket', '/nowhere/registry.sock'), { status: 3, stderr: /no registry socket at/ });
});
