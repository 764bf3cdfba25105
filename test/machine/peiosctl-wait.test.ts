/** peiosctl wait: states of services, reached, not in time, or not at all. */
import t from 'tap';
import { doorOf, goOn } from '../support/going-on.ts';
import { only } from '../support/lists.ts';
import { bootSettled, cannotRun, shell, withServices } from '../support/machine.ts';
import { until } from '../support/wait.ts';

const skip = cannotRun;
const sleeper = { ...shell('exec sleep 1000'), Readiness: 'Alive' };
const bad = { ...shell('echo no such thing >&2; exit 3'), RestartPolicy: 'Never' };

t.test('it ends at once where it is so already, and with the step that makes it so', { skip }, async (t) => {
  const machine = await bootSettled(t, {
    registry: withServices({ web: sleeper, db: sleeper, late: { ...sleeper, ExecStartPre: ['/bin/sleep 0.4'] } }),
  });
  const run = (...words: readonly string[]) => machine.run('peiosctl', ...words);
  t.strictSame(only(await run('wait', 'web', '--state', 'stopped'), 'status', 'stdout', 'stderr'), {
    status: 0,
    stdout: 'web: inactive\n',
    stderr: '',
  });
  await run('start', 'late', '--no-wait');
  t.match(await run('wait', 'LATE'), { status: 0, stdout: 'late: active, because it was asked to start\n' });
  const door = await doorOf(t, machine);
  const both = goOn(t, machine, ['wait', 'web', 'db', '--json'], door.path);
  const any = goOn(t, machine, ['wait', 'web', 'db', '--any', '--state', 'active'], door.path);
  const stopped = goOn(t, machine, ['wait', 'late', '--state', 'inactive'], door.path);
  // Each has subscribed, then asked once on another connection.
  await door.passes(3, 6);
  await run('start', 'db');
  t.equal(await any.ended, 0);
  t.strictSame(any.lines(), ['web: inactive', 'db: active, because it was asked to start']);
  t.strictSame(both.lines(), [], 'the other one is still to come');
  await run('start', 'web');
  t.equal(await both.ended, 0);
  t.strictSame(JSON.parse(both.lines().join('')), {
    outcome: 'reached',
    wanted: 'ready',
    services: ['web', 'db'].map((service) => ({ service, state: 'active', cause: 'explicit_start', reached: true })),
  });
  await run('stop', 'late');
  t.equal(await stopped.ended, 0);
});

t.test('the time that it may take is told as over, with what is waited for', { skip }, async (t) => {
  const machine = await bootSettled(t, {
    registry: withServices({
      app: { ...sleeper, Requires: ['slow'] },
      slow: { ImagePath: '/bin/sleep', Arguments: ['1000'], StartTimeout: 100 },
    }),
  });
  const run = (...words: readonly string[]) => machine.run('peiosctl', ...words);
  await run('start', 'app', '--no-wait');
  await machine.reaches('slow', ({ state }) => state === 'starting');
  t.strictSame(only(await run('wait', 'app', '--timeout', '0.1'), 'status', 'stdout', 'stderr'), {
    status: 124,
    stdout: 'app: inactive\n',
    stderr: 'peiosctl: not ready within 0.1 s: app is inactive and waits for slow\n',
  });
  t.match(await run('wait', 'app', '--timeout', '0'), { status: 124, stderr: 'peiosctl: not ready: app is inactive and waits for slow\n' });
  t.match(await run('wait', 'slow', '--timeout', '0', '--state', 'starting'), { status: 0 });
});

t.test('it gives up where nothing leads there any more, and tells what went wrong', { skip }, async (t) => {
  const machine = await bootSettled(t, { registry: withServices({ bad, good: sleeper, gone: sleeper }) });
  const run = (...words: readonly string[]) => machine.run('peiosctl', ...words);
  const door = await doorOf(t, machine);
  const waiting = goOn(t, machine, ['wait', 'bad', 'good'], door.path);
  const patient = goOn(t, machine, ['wait', 'bad', '--keep-on', '--state', 'backoff'], door.path);
  const removed = goOn(t, machine, ['wait', 'gone'], door.path);
  const failing = goOn(t, machine, ['wait', 'bad', 'good', '--any', '--state', 'failed', '--json'], door.path);
  await door.passes(4, 8);
  t.match(await run('start', 'bad'), { status: 1 });
  t.equal(await waiting.ended, 4);
  t.match(
    waiting.lines().join('\n'),
    new RegExp(
      String.raw`^bad: failed, because its main process ended unexpectedly\n {2}detail +its main process .* exited with code 3` +
        String.raw`[\s\S]*\n {2}output +main process:\n +\d\d:\d\d:\d\d {2}no such thing\ngood: inactive$`,
    ),
  );
  t.equal(
    waiting.complaints(),
    'peiosctl: not ready, and nothing is under way that changes that: bad; --keep-on waits for somebody who does\n',
  );
  t.equal(await failing.ended, 0);
  t.match(await run('wait', 'bad', '--json'), {
    status: 4,
    stdout: /^\{"outcome":"stuck","wanted":"ready",.*"output":\[\{"text":"no such thing"/,
  });
  await run('registry', 'delete', 'Machine/System/Services/gone');
  t.equal(await removed.ended, 4);
  t.strictSame(removed.lines(), ['gone: not defined any more']);
  await run('registry', 'set', 'Machine/System/Services/bad', 'RestartPolicy', 'Always');
  t.equal(patient.process.exitCode, null, 'who keeps on waits');
  await run('start', 'bad', '--no-wait');
  t.equal(await patient.ended, 0);
});

t.test('a failed service whose start is under way is waited for, and given up with that start', { skip }, async (t) => {
  const machine = await bootSettled(t, {
    registry: withServices({
      app: { ...bad, Requires: ['slow'] },
      slow: { ImagePath: '/bin/sleep', Arguments: ['1000'], StartTimeout: 100 },
    }),
  });
  const run = (...words: readonly string[]) => machine.run('peiosctl', ...words);
  await run('registry', 'set', 'Machine/System/Services/slow', 'Readiness', 'Alive');
  t.match(await run('start', 'app'), { status: 1 });
  await run('registry', 'set', 'Machine/System/Services/slow', 'Readiness', 'Notify');
  await run('stop', 'slow');
  await run('start', 'app', '--no-wait');
  const waiting = goOn(t, machine, ['wait', 'app']);
  const state = goOn(t, machine, ['wait', 'slow', '--state', 'inactive']);
  await machine.reaches('slow', (status) => status.state === 'starting');
  t.equal(waiting.process.exitCode, null);
  await run('stop', 'slow');
  t.strictSame([await waiting.ended, await state.ended], [4, 0]);
});

t.test('a service that flaps was there, if only for a moment', { skip }, async (t) => {
  const machine = await bootSettled(t, {
    registry: withServices({ flap: { ...shell('exit 1'), Readiness: 'Alive', RestartDelay: 0, RestartMaxRetries: 3 }, calm: sleeper }),
  });
  const door = await doorOf(t, machine);
  const moment = goOn(t, machine, ['wait', 'flap', '--state', 'active'], door.path);
  const together = goOn(t, machine, ['wait', 'flap', 'calm', '--state', 'active'], door.path);
  await door.passes(2, 4);
  await machine.run('peiosctl', 'start', 'flap');
  t.equal(await moment.ended, 0);
  t.equal(await together.ended, 4, 'not both, and the one is used up');
});

t.test('nobody waits for what there is not, and wrong calls say what is right', { skip }, async (t) => {
  const machine = await bootSettled(t, { registry: withServices({ web: sleeper }) });
  const run = (...words: readonly string[]) => machine.run('peiosctl', 'wait', ...words);
  t.match(await run('wbe'), { status: 1, stderr: /^peiosctl: UNKNOWN_SERVICE: no service "wbe" is defined.* Is web meant\?\n$/ });
  t.match(await run('web', 'nope*'), { status: 1, stderr: /no service matches nope\*/ });
  t.match(await run('web', '--state', 'up'), { status: 2, stderr: /--state takes one of ready, stopped, inactive, .*, not up\n/ });
  t.match(await run('web', '--timeout', 'soon'), { status: 2, stderr: /--timeout takes seconds.*not soon\n/ });
  t.match(await run('web', '--any', '--all'), { status: 2, stderr: /contradict/ });
  t.match(await run(), { status: 2, stderr: /SERVICE... is missing/ });
});

t.test('O-115 it goes on over a connection that was cut, and over a peinit that was away', { skip }, async (t) => {
  const machine = await bootSettled(t, { registry: withServices({ web: sleeper }) });
  const door = await doorOf(t, machine);
  const waiting = goOn(t, machine, ['wait', 'web'], door.path);
  await door.passes(1, 2);
  await door.close();
  await machine.run('peiosctl', 'start', 'web');
  await until('it looks', () => waiting.complaints() !== '');
  await door.listen();
  t.equal(await waiting.ended, 0);
  t.strictSame(waiting.lines(), ['web: active, because it was asked to start']);
});
