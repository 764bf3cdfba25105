/** Ad-hoc jobs in a whole process 1: over their socket, with its helper, its cgroups and its output. */
import type { Test } from 'tap';
import t from 'tap';
import { fileNode } from '../../../src/linux/simulated/file-tree.ts';
import type { Program } from '../../../src/linux/simulated/processes.ts';
import type { Peer } from '../../../src/linux/simulated/stream-sockets.ts';
import { systemPeer } from '../../../src/linux/simulated/stream-sockets.ts';
import { matchEach } from '../../support/lists.ts';
import type { Answer, Scene, SceneClient, SceneOptions } from '../../support/simulated-peinit.ts';
import { createScene, expectSound, hangingPaths, helperProgram, programs, service, withServices } from '../../support/simulated-peinit.ts';

const socket = '/run/peinit/jfs.sock';
const path = '/bin/work';
const work = { image_path: path };

function settled(program: Program, options: SceneOptions = {}): Scene {
  const scene = createScene({ tree: withServices({ web: service('/bin/web', { Triggers: ['boot'] }) }), ...options });
  scene.program('/bin/web', programs.idle);
  scene.program(path, program);
  scene.tree.place(path, fileNode('', 0o755));
  scene.boot();
  return scene;
}

const submitter = (scene: Scene, peer: Peer = systemPeer): SceneClient => scene.client(peer, socket);

/** The id of a job that is accepted. */
function submit(test: Test, client: SceneClient, request: object = work): string {
  const answer = client.ask(request);
  test.match(answer, { status: 'ok', job_id: /^[0-9a-f-]{36}$/ });
  return String(answer['job_id']);
}

/** All lines up to the last one. */
function rest(client: SceneClient): readonly Answer[] {
  const lines: Answer[] = [];
  do lines.push(client.answer());
  while (lines.at(-1)?.['kind'] !== 'ended');
  return lines;
}

/** Nothing of any job is left. */
function expectNothingLeft(test: Test, scene: Scene): void {
  test.strictSame(scene.composed.policy.jobs(), []);
  test.strictSame(scene.running(path), []);
  const names = scene.kernel.readDirectory('/sys/fs/cgroup/peinit');
  test.strictSame(typeof names === 'number' ? names : names.filter((name) => name.includes('@job')), []);
  expectSound(test, scene);
}

t.test('JFS-001 JFS-003 JFS-009 JFS-010 LOG-001 a job over the socket, from its line to its end', async (t) => {
  const scene = settled(
    (process) => {
      process.write(1, 'one\ntwo');
      process.write(2, 'oops\n');
      process.after(5, () => process.exit(3));
    },
    { recorded: true },
  );
  const cgroups: string[] = [];
  scene.onSpawn = ({ path: program, stdin }) => {
    if (program === path) t.equal(stdin, -1, 'standard input is /dev/null');
  };
  const client = submitter(scene);
  const id = submit(t, client, { ...work, arguments: ['-x'], environment: { A: '1' }, working_directory: '/run' });
  for (const process of scene.running(path)) cgroups.push(process.cgroup);
  const lines = rest(client);
  t.strictSame(
    lines.map(({ kind, stream, text }) => [kind, stream, text].filter((part) => part !== undefined)),
    [['started'], ['output', 'stdout', 'one'], ['output', 'stderr', 'oops'], ['output', 'stdout', 'two'], ['ended']],
  );
  t.match(lines.at(-1), { final_state: 'failed', exit_code: 3, failure_cause: 'exited with code 3', lost: 0 });
  const answered = scene.calls.findIndex((call) => /^write \d+ 0 64$/.test(call));
  const made = scene.calls.indexOf(`spawn ${path}`);
  t.ok(answered >= 0 && answered < made, `its id is written (call ${answered}) before its process is made (call ${made})`);
  t.strictSame(cgroups, [`/peinit/@job-${id}`]);
  t.equal(client.stream.ended, true);
  expectNothingLeft(t, scene);
});

t.test('JFS-002 JFS-008 what is not there, and whoever wants to be another one, gets an error and no job', async (t) => {
  const scene = settled(programs.exits(0));
  const events = scene.client();
  events.ask({ command: 'subscribe', events: ['job.*', 'access.denied'] });
  const nobody: Peer = { pid: 500, uid: 1000, gid: 1000, groups: [] };
  for (const [request, code, message, peer] of [
    [{ image_path: '/bin/none' }, 'INVALID_ARGUMENTS', /where there is no program/, systemPeer],
    [{ image_path: '/run' }, 'INVALID_ARGUMENTS', /where there is no program/, systemPeer],
    [{ ...work, working_directory: '/none' }, 'INVALID_ARGUMENTS', /where there is no directory/, systemPeer],
    [{ ...work, working_directory: path }, 'INVALID_ARGUMENTS', /where there is no directory/, systemPeer],
    [{ image_path: `${hangingPaths}/x` }, 'INVALID_ARGUMENTS', /could not be looked at within 5 s/, systemPeer],
    [{ ...work, identity: 'SYSTEM' }, 'INVALID_ARGUMENTS', /a job has no member "identity"/, systemPeer],
    [work, 'ACCESS_DENIED', /S-1-22-1-1000 is not known to hold SeCreateJobPrivilege: .*authd/, nobody],
  ] as const) {
    const client = submitter(scene, peer);
    t.match(client.ask(request), { status: 'error', code, message });
    scene.until('the end of the connection', () => client.stream.ended);
  }
  t.match(events.answer(), { event: 'access.denied' }, 'which is the one event');
  t.notOk(scene.started.includes(path));
  expectNothingLeft(t, scene);
});

t.test('SEC-007 EVT-013 whoever is refused jobs all the time pushes out no record of somebody else', async (t) => {
  const scene = settled(programs.idle);
  const refused = (uid: number): void => {
    const client = submitter(scene, { pid: 900, uid, gid: uid, groups: [uid] });
    t.match(client.ask(work), { code: 'ACCESS_DENIED' });
    client.close();
  };
  refused(1001);
  for (let count = 0; count < 900; count++) refused(1002);
  const events = scene.client();
  events.ask({ command: 'subscribe', events: ['access.denied'], since: 0 });
  t.strictSame(events.answer(), { kind: 'lagged' }, 'some are gone');
  t.match(events.answer(), { payload: { sid: 'S-1-22-1-1001', privilege: 'SeCreateJobPrivilege' } });
  expectSound(t, scene);
});

t.test('JFS-011 a job that ignores SIGTERM dies ten seconds after its timeout, with all that it made', async (t) => {
  const scene = settled((process) => {
    process.onSignal(15, () => undefined);
    process.fork(programs.stubborn);
  });
  const client = submitter(scene);
  submit(t, client, { ...work, timeout: 2 });
  t.match(client.answer(), { kind: 'started' });
  const before = scene.nowMs;
  matchEach(t, rest(client), [{ kind: 'ended', final_state: 'failed', exit_signal: 9 }]);
  t.ok(Math.abs(scene.nowMs - before - 12_000) < 100, `${scene.nowMs - before} ms`);
  expectNothingLeft(t, scene);
});

t.test('O-92 what the main process leaves behind is killed, and the end comes after that', async (t) => {
  const scene = settled((process) => {
    process.fork((child) => child.write(1, 'the child was here\n'));
    process.after(5, () => process.exit(0));
  });
  const client = submitter(scene);
  submit(t, client);
  const lines = rest(client);
  t.match(lines.at(-1), { kind: 'ended', final_state: 'completed' });
  t.ok(lines.some(({ text }) => text === 'the child was here'));
  expectNothingLeft(t, scene);
});

t.test('O-92 a submitter that dies takes nothing along', async (t) => {
  const scene = settled(programs.exits(0, 5_000));
  const client = submitter(scene);
  const id = submit(t, client);
  t.match(client.answer(), { kind: 'started' });
  client.close();
  scene.run(1_000);
  t.match(scene.ask({ command: 'job-status', job_id: id }), { job: { state: 'running', job_id: id } });
  scene.run(5_000);
  expectNothingLeft(t, scene);
});

t.test('O-92 one that is gone before its job is made gets none', async (t) => {
  const scene = settled(programs.exits(0));
  const early = submitter(scene);
  early.send(work);
  early.close();
  const later = submitter(scene);
  later.send(work);
  scene.until('the helper looks', () => scene.running(helperProgram).length > 0);
  later.close();
  scene.run(10_000);
  t.notOk(scene.started.includes(path));
  expectNothingLeft(t, scene);
});

t.test('O-94 jobs can be listed, looked at and stopped, and who waits for one is answered when nothing of it lives', async (t) => {
  const scene = settled((process) => {
    process.write(1, 'hello\n');
    process.onSignal(15, () => process.after(300, () => process.exit(0)));
  });
  const client = submitter(scene);
  const id = submit(t, client, { ...work, description: 'for a test' });
  t.match(client.answer(), { kind: 'started' });
  t.match(client.answer(), { text: 'hello' });
  matchEach(t, scene.ask({ command: 'jobs' })['jobs'], [
    { job_id: id, state: 'running', stopping: false, identity: 'SYSTEM', submitter: 'S-1-5-18', description: 'for a test' },
  ]);
  const { job, output, lost_lines: lost } = scene.ask({ command: 'job-status', job_id: id.toUpperCase() });
  t.strictSame([job.job_id, lost], [id, 0]);
  matchEach(t, output, [{ text: 'hello', is_error: false }]);
  t.match(scene.ask({ command: 'job-stop', job_id: id, wait: false }), { job: { job_id: id, state: 'running', stopping: true } });
  t.match(scene.ask({ command: 'job-stop', job_id: id }), { job: { state: 'completed', exit_code: 0, stopping: true } });
  matchEach(t, rest(client), [{ kind: 'ended', final_state: 'completed' }]);
  for (const command of ['job-status', 'job-stop'])
    t.match(scene.ask({ command, job_id: id }), { code: 'UNKNOWN_OPERATION', message: /no job .* is under way/ });
  expectNothingLeft(t, scene);
});

t.test('O-94 whoever has no right on the machine sees and stops no jobs of others', async (t) => {
  const scene = settled(programs.idle);
  const client = submitter(scene);
  const id = submit(t, client);
  const other = scene.client({ pid: 500, uid: 1000, gid: 1000, groups: [] });
  t.strictSame(other.ask({ command: 'jobs' }), { status: 'ok', jobs: [] });
  t.match(other.ask({ command: 'job-status', job_id: id }), { code: 'ACCESS_DENIED', message: /job-status needs SYSTEM_QUERY_JOBS/ });
  t.match(other.ask({ command: 'job-stop', job_id: id }), { code: 'ACCESS_DENIED', message: /job-stop needs SYSTEM_STOP_JOBS/ });
  t.equal(scene.composed.policy.jobs().length, 1);
  expectSound(t, scene);
});

t.test('O-93 MaxJobs holds exactly, also for those that come at once, and a new value counts for the next one', async (t) => {
  const scene = settled(programs.idle, {
    tree: { ...withServices({}), 'Machine\\System\\Init': { MaxJobs: 3 } },
  });
  const clients = Array.from({ length: 5 }, () => submitter(scene));
  for (const client of clients) client.send(work);
  const answers = clients.map((client) => client.answer());
  t.strictSame(answers.map(({ code, status }) => code ?? status).sort(), ['LIMIT_REACHED', 'LIMIT_REACHED', 'ok', 'ok', 'ok']);
  t.match(answers.find(({ code }) => code !== undefined)?.['message'], /^3 jobs are under way, as many as may be \(MaxJobs\)\. /);
  const [first] = scene.composed.policy.jobs();
  scene.ask({ command: 'job-stop', job_id: first?.record.id });
  submit(t, submitter(scene));
  t.match(submitter(scene).ask(work), { code: 'LIMIT_REACHED' });
  expectSound(t, scene);
});

t.test('LOG-018 a shutdown that waits for a job alone tells so', async (t) => {
  const scene = settled(programs.stubborn, { tree: {} });
  const client = submitter(scene);
  const id = submit(t, client);
  scene.run(1000);
  scene.ask({ command: 'shutdown', type: 'poweroff' });
  scene.until('the end', () => scene.over, 120_000);
  t.match(scene.console, new RegExp(`waiting for job ${id} to stop: 6 s left`));
  expectSound(t, scene);
});

t.test('JFS-013 a shutdown stops jobs and takes no more, and leaves nothing', async (t) => {
  const scene = settled((process) => process.onSignal(15, () => process.after(500, () => process.exit(0))));
  const client = submitter(scene);
  submit(t, client);
  t.match(client.answer(), { kind: 'started' });
  const late = submitter(scene);
  scene.ask({ command: 'shutdown', type: 'poweroff' });
  t.match(late.ask(work), { code: 'INVALID_STATE', message: /^the machine is shutting down/ });
  matchEach(t, rest(client), [{ kind: 'ended', final_state: 'completed', exit_code: 0 }]);
  scene.until('the end', () => scene.over);
  t.strictSame(scene.processes.living(), []);
  expectSound(t, scene);
});

t.test('BOOT-022 BOOT-023 without /dev/jfs the boot finishes, and the log says so; the console has nothing to say of it', async (t) => {
  const scene = settled(programs.idle);
  const events = scene.client();
  events.ask({ command: 'subscribe', events: ['log'], since: 0 });
  const text = /^\/dev\/jfs cannot be opened: ENOENT .*; jobs come over the socket alone$/;
  t.match(events.answer(), { event: 'log', payload: { service: null, level: 'warning', text } });
  t.notMatch(scene.console, /jfs/);
  expectSound(t, scene);
});

t.test('O-26 the socket of jobs is bound again when its file has vanished', async (t) => {
  const scene = settled(programs.exits(0));
  scene.kernel.unlink(socket);
  scene.shows(/the socket of ad-hoc jobs .* had vanished and is bound again/);
  submit(t, submitter(scene));
  expectSound(t, scene);
});
