/** Events, from what happens in a whole PID 1 to the line that a subscriber reads. PSD-007 5.2, 7.1, 11.1, 12.1. */
import t from 'tap';
import { fileNode } from '../../../src/linux/simulated/file-tree.ts';
import { openFile } from '../../../src/linux/simulated/world.ts';
import { isEventLine } from '../../support/event-lines.ts';
import type { Values } from '../../support/fake-registryd.ts';
import { servicesKey } from '../../support/fake-registryd.ts';
import type { Answer, Scene } from '../../support/simulated-peinit.ts';
import { createScene, expectSound, programs, service, withServices } from '../../support/simulated-peinit.ts';

/** A settled machine with these services. */
function settled(services: Readonly<Record<string, Values>>, more: Readonly<Record<string, Values>> = {}): Scene {
  const scene = createScene({ tree: { ...withServices(services), ...more } });
  for (const path of ['/bin/idle', '/bin/none', '/bin/two']) scene.program(path, programs.idle);
  scene.boot();
  return scene;
}

/** All events of these names so far, each judged by the schema. */
function told(scene: Scene, ...events: readonly string[]): Answer[] {
  const reader = scene.client();
  reader.send({ command: 'subscribe', since: 0, ...(events.length === 0 ? {} : { events }) });
  const lines: string[] = [];
  scene.until('the acknowledgement', () => lines.push(...reader.stream.takeLines()) > 0);
  scene.run(50);
  lines.push(...reader.stream.takeLines());
  reader.close();
  const found = lines.slice(1).map((line) => JSON.parse(line) as Answer);
  for (const each of found) if (!isEventLine(each)) throw new Error(`not as the schema has it: ${JSON.stringify(each)}`);
  return found;
}

/** Name and content of these events. */
const says = (scene: Scene, ...events: readonly string[]): unknown[] =>
  told(scene, ...events).map(({ event, payload }) => [event, payload]);

t.test('EVT-011 CAUSE-027 each step names the main job, the operation and what peinit did', async (t) => {
  const scene = settled({ web: service('/bin/web', { RestartPolicy: 0 }) });
  scene.program('/bin/web', (process) => process.after(1000, () => process.exit(3)));
  const started = scene.ask({ command: 'start', service: 'web' })['operation_id'];
  const pid = scene.running('/bin/web')[0]?.pid;
  scene.until('the end', () => scene.state('web') === 'failed');
  const job = told(scene, 'job.created').at(-1)?.['payload'].job_id;
  const step = { service: 'web', job_id: job, operation_id: started };
  const mine = told(scene, 'service.state').filter(({ payload }) => payload.service === 'web');
  const detail = scene.view('web').detail;
  t.equal(
    detail,
    `service web: its main process (pid ${pid}) exited with code 3 while it was active. Look at its output (peiosctl logs web).`,
    'what happened, and what can be done',
  );
  t.strictSame(
    mine.map(({ payload }) => payload),
    [
      { ...step, job_id: null, from: 'inactive', to: 'starting', cause: 'explicit_start', detail: null },
      { ...step, from: 'starting', to: 'active', cause: 'explicit_start', detail: null },
      { ...step, operation_id: null, from: 'active', to: 'failed', cause: 'process_crash', detail },
    ],
  );
  expectSound(t, scene);
});

t.test('EVT-001 EVT-002 EVT-003 a job is told at its creation, its start and its end, the last time with its whole record', async (t) => {
  const scene = settled({ web: service('/bin/web', { Arguments: ['--port', '80'], RestartPolicy: 0 }) });
  scene.program('/bin/web', (process) => process.after(1500, () => process.exit(3)));
  const operation_id = scene.ask({ command: 'start', service: 'web' })['operation_id'];
  const pid = scene.running('/bin/web')[0]?.pid;
  scene.until('the end', () => scene.state('web') === 'failed');
  const [created, started, ended] = told(scene, 'job.*').filter(({ payload }) => payload.service === 'web');
  const { job_id } = created?.['payload'] ?? {};
  const { cgroup_id, cgroup_gen, duration_ns, failure_cause, token_summary } = ended?.['payload'] ?? {};
  const common = { service: 'web', type: 'service_main', image_path: '/bin/web', identity: 'SYSTEM', operation_id };
  t.match(job_id, /^[0-9a-f-]{36}$/);
  t.strictSame(created?.['payload'], { job_id, ...common });
  t.strictSame(started?.['payload'], { job_id, service: 'web', pid, cgroup_id, identity: 'SYSTEM', token_summary });
  t.strictSame([token_summary?.user, token_summary?.token_id, token_summary?.integrity], ['S-1-5-18', job_id, 'system']);
  t.strictSame(ended?.['payload'], {
    job_id,
    ...common,
    final_state: 'failed',
    arguments: ['--port', '80'],
    cgroup_id,
    cgroup_gen,
    pid,
    created_at: created?.['timestamp'],
    started_at: started?.['timestamp'],
    ended_at: ended?.['timestamp'],
    duration_ns,
    exit_code: 3,
    exit_signal: null,
    failure_cause,
    token_summary,
  });
  t.ok(duration_ns >= 1_500_000_000 && duration_ns < 1_600_000_000, `${duration_ns} ns`);
  t.match(failure_cause, /exited with code 3/);
  expectSound(t, scene);
});

t.test('EVT-012 what a service says of itself is told with its job, that it is ready or reloads is not', async (t) => {
  const scene = settled({ web: service('/bin/web', { RestartPolicy: 0, Readiness: 0 }) });
  scene.program('/bin/web', programs.notifies(5));
  const operation_id = scene.ask({ command: 'start', service: 'web' })['operation_id'];
  const [main] = scene.running('/bin/web');
  for (const text of ['STATUS=up', 'RELOADING=1\nMONOTONIC_USEC=1', 'READY=1', 'ERRNO=5', 'EXIT_STATUS=3', 'STOPPING=1']) {
    main?.notify(text);
    scene.run(50);
  }
  const job_id = told(scene, 'job.created').at(-1)?.['payload'].job_id;
  const common = { service: 'web', job_id, operation_id, generation: 0 };
  const own = told(scene, 'notify.*').filter(({ payload }) => payload.service === 'web');
  const said = own.map(({ event, payload }) => [event, payload]);
  t.strictSame(said, [
    ['notify.status', { ...common, value: 'up' }],
    ['notify.errno', { ...common, value: 5 }],
    ['notify.exit_status', { ...common, value: 3 }],
    ['notify.stopping', { ...common, value: '1' }],
  ]);
  expectSound(t, scene);
});

t.test('EVT-014 of an operation that is over for a minute events alone tell', async (t) => {
  const scene = settled({ web: service('/bin/idle') });
  const id = scene.ask({ command: 'start', service: 'web' })['operation_id'];
  const asked = (): Answer => scene.ask({ command: 'operation-status', operation_id: id });
  scene.run(59_000);
  t.match(asked(), { status: 'ok', operation: { id, state: 'completed' } });
  scene.run(2_000);
  t.match(asked(), { status: 'error', code: 'UNKNOWN_OPERATION' });
  const events = told(scene, 'operation.*').filter(({ payload }) => payload.operation_id === id);
  t.strictSame(
    events.map(({ event }) => event),
    ['operation.requested', 'operation.started', 'operation.completed'],
  );
  expectSound(t, scene);
});

t.test('EVT-015 subscribers are told the end of an operation before the request or the beginning of what it lets begin', async (t) => {
  const scene = settled({ web: service('/bin/web', { RestartPolicy: 0, StopTimeout: 5 }) });
  scene.program('/bin/web', programs.idle);
  scene.ask({ command: 'start', service: 'web' });
  const [stop, start] = [scene.client(), scene.client()];
  stop.send({ command: 'stop', service: 'web', wait: true });
  start.send({ command: 'start', service: 'web', wait: true });
  start.answer();
  const events = told(scene, 'operation.*', 'service.state').slice(-10);
  t.strictSame(
    events.map(({ event, payload }) => (event === 'service.state' ? `${payload.from}>${payload.to}` : `${event} ${payload.type}`)),
    [
      'operation.requested stop',
      'operation.started stop',
      'active>stopping',
      'operation.requested start',
      'stopping>inactive',
      'operation.completed stop',
      'operation.started start',
      'inactive>starting',
      'starting>active',
      'operation.completed start',
    ],
  );
  expectSound(t, scene);
});

t.test('NTF-006 NTF-021 a datagram that is refused is recorded with its sender; only that of a main process names a service', async (t) => {
  const scene = settled({ web: service('/bin/idle', { Triggers: ['boot'] }) });
  const [main] = scene.running('/bin/idle');
  const child = main?.fork(() => undefined);
  child?.notify('READY=1');
  main?.notify('STATUS=up\nno equal sign');
  scene.run(50);
  t.strictSame(says(scene, 'notify.rejected'), [
    ['notify.rejected', { service: null, pid: child?.pid, reason: 'the sender is not the main process of a running service' }],
    ['notify.rejected', { service: 'web', pid: main?.pid, reason: 'line 2 has no equal sign' }],
  ]);
  t.equal(scene.view('web').statusText, null);
  expectSound(t, scene);
});

t.test('CAUSE-028 READY=1 of a child and a program that goes into the background are told as what they are', async (t) => {
  const boot = { Triggers: ['boot'], RestartPolicy: 0 };
  const scene = settled({
    wrapped: service('/bin/wrapper', { ...boot, Readiness: 0, StartTimeout: 2 }),
    background: service('/bin/forker', { ...boot, Readiness: 1 }),
  });
  scene.program('/bin/wrapper', (process) => {
    const child = process.fork(() => undefined);
    scene.tree.place(`/proc/${child.pid}/cgroup`, fileNode('0::/peinit/wrapped/main\n', 0o444));
    scene.tree.place(`/proc/${child.pid}/comm`, fileNode('notify\n', 0o444));
    child.notify('READY=1');
  });
  scene.program('/bin/forker', (process) => {
    process.fork(() => undefined);
    process.after(10, () => process.exit(0));
  });
  for (const name of ['wrapped', 'background']) scene.ask({ command: 'start', service: name });
  scene.run(3000);
  t.match(scene.view('wrapped').detail, /Process \d+ \(notify\), which is not the main one \(\d+\), sent READY=1 and was not heard/);
  t.equal(scene.state('background'), 'inactive');
  t.match(scene.view('background').detail, /ended well; 1 other process was left, which was killed/);
  t.match(scene.console, /background: ended: its main process \(pid \d+\) ended well; 1 other process/);
  expectSound(t, scene);
});

t.test('FDS-001 FDS-002 FDS-004 every descriptor that is not kept leaves a record that says why, and is closed', async (t) => {
  const boot = { Triggers: ['boot'] };
  const scene = settled({ none: service('/bin/none', boot), two: service('/bin/two', { ...boot, FdStoreMax: 2 }) });
  const released: string[] = [];
  const file = (name: string) => openFile('file', { released: () => released.push(name) });
  const say = (path: string, text: string, ...names: readonly string[]): void => {
    scene.running(path)[0]?.notify(text, names.map(file));
    scene.run(50);
  };
  say('/bin/none', 'FDSTORE=1', 'a');
  say('/bin/two', 'FDSTORE=1\nFDNAME=bad:name', 'b');
  say('/bin/two', 'FDSTORE=1\nFDNAME=good', 'c', 'd', 'e', 'f');
  const jobOf = (name: string): string | undefined => scene.composed.policy.service(name)?.job?.id;
  const two = { service: 'two', job_id: jobOf('two') };
  t.strictSame(says(scene, 'fd_store.*'), [
    ['fd_store.rejected', { service: 'none', job_id: jobOf('none'), outcome: 'disabled', name: null }],
    ['fd_store.rejected', { ...two, outcome: 'invalid_name', name: 'bad:name' }],
    ['fd_store.rejected', { ...two, outcome: 'full', name: 'good' }],
    ['fd_store.rejected', { ...two, outcome: 'full', name: 'good' }],
  ]);
  t.strictSame(released, ['a', 'b', 'e', 'f']);
  expectSound(t, scene);
});

const error = 'graph.validation_error';
const warning = 'graph.validation_warning';
const typeIsNine = 'Type is 9, but must be 0 (Simple) or 1 (Oneshot). Correct it, or remove the value for the default, Simple.';
const broken = (name: string) => [error, { service: name, field: 'Type', message: `service ${name}: ${typeIsNine}` }];

t.test('EVT-013 a reload that is refused records every finding, each time that somebody asks for one', async (t) => {
  const scene = settled({ web: service('/bin/idle') });
  t.strictSame(says(scene, 'graph.*'), []);
  scene.registryd.silently(() => scene.registryd.set(`${servicesKey}\\one`, service('/bin/idle', { Type: 9 })));
  t.match(scene.ask({ command: 'reload-config' }), { code: 'INVALID_STATE' });
  t.strictSame(says(scene, 'graph.*'), [broken('one')]);
  t.match(scene.ask({ command: 'reload-config' }), { code: 'INVALID_STATE' });
  t.strictSame(says(scene, 'graph.*'), [broken('one'), broken('one')]);
  expectSound(t, scene);
});

t.test('EVT-013 a change of the registry records what is new, and not again with the next change', async (t) => {
  const scene = settled({ web: service('/bin/idle') });
  scene.registryd.set(`${servicesKey}\\one`, service('/bin/idle', { Type: 9 }));
  scene.run(1000);
  scene.registryd.set(`${servicesKey}\\two`, service('/bin/idle', { Type: 9 }));
  scene.run(1000);
  scene.registryd.set(`${servicesKey}\\web`, { Description: 'new' });
  scene.run(1000);
  const findings = told(scene, 'graph.*').map(({ event, payload }) => [event, payload.service, payload.field]);
  t.strictSame(findings, [
    [error, 'one', 'Type'],
    [error, 'two', 'Type'],
  ]);
  scene.registryd.set(`${servicesKey}\\one`, { Type: 0 });
  scene.registryd.set(`${servicesKey}\\two`, { Type: 0 });
  scene.run(1000);
  t.equal(scene.view('web').definition?.description, 'new');
  scene.registryd.set(`${servicesKey}\\one`, { Type: 9 });
  scene.run(1000);
  t.equal(told(scene, 'graph.*').length, 3, 'what was mended is new when it comes back');
  expectSound(t, scene);
});

t.test('EVT-013 KEY-020 warnings of a reload and findings about settings are recorded as well', async (t) => {
  const init = 'Machine\\System\\Init';
  const scene = settled({ web: service('/bin/idle') }, { [init]: { MaxControlConnections: 0 } });
  const setting = { service: null, field: `${init}\\MaxControlConnections` };
  const found = (): unknown[] =>
    told(scene, 'graph.*').map(({ event, payload: { service: name, field } }) => [event, { service: name, field }]);
  t.strictSame(found(), [[error, setting]], 'at the boot');
  scene.registryd.set(`${servicesKey}\\late`, service('/bin/idle', { Requires: ['web'] }));
  scene.run(1000);
  t.equal(scene.state('late'), 'inactive');
  const late = [warning, { service: 'web', field: 'Readiness' }];
  t.strictSame(found(), [[error, setting], late], 'somebody waits for a service that is ready as soon as it is there');
  t.match(scene.ask({ command: 'reload-config' }), { status: 'error' });
  t.strictSame(found(), [[error, setting], late, [error, setting]], 'somebody asked');
  expectSound(t, scene);
});

t.test('EVT-013 the failure of a Critical service and Recovery are recorded', async (t) => {
  const scene = createScene({
    tree: withServices({ vital: service('/bin/vital', { ErrorControl: 1, RestartMaxRetries: 1, RestartDelay: 1 }) }),
  });
  scene.program('/bin/vital', programs.exits(1, 200));
  scene.boot();
  const listener = scene.client();
  listener.ask({ command: 'subscribe', events: ['machine.*'] });
  scene.ask({ command: 'start', service: 'vital' });
  const failure = listener.answer();
  t.strictSame([failure['event'], failure['payload']], ['machine.critical_failure', { service: 'vital' }]);

  const lost = createScene({ cmdline: 'ro peios.recovery=1' });
  lost.start();
  lost.run(1000);
  t.strictSame(says(lost, 'machine.*'), [['machine.recovery', { reason: 'demanded by peios.recovery=1' }]]);
  expectSound(t, lost);
});
