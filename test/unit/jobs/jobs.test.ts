/** The socket of ad-hoc jobs with a policy, a helper and submitters that the test plays. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import t from 'tap';
import type { JobSettings, JobsParts } from '../../../src/jobs/jobs.ts';
import { createJobs } from '../../../src/jobs/jobs.ts';
import type { Candidate, Judgement } from '../../../src/jobs/submitter.ts';
import type { JobRecord } from '../../../src/policy/effects.ts';
import type { PolicyEvent, SubmitJob, Submitter } from '../../../src/policy/events.ts';
import { LineClient } from '../../support/line-client.ts';
import { openRealRoom } from '../../support/real-room.ts';
import { until } from '../../support/wait.ts';

const submitter: Submitter = { sid: 'S-1-5-18', owner: 'S-1-5-18', isSystem: true, identity: 'SYSTEM', captured: 3 };
const echo = { image_path: '/bin/echo', arguments: ['x'] };

type Follower = Parameters<JobsParts<Candidate>['follow']>[1];

interface Change {
  readonly settings?: Partial<JobSettings>;
  readonly judgement?: Judgement | null;
  readonly verdicts?: boolean[] | null;
  /** A socket that plays the device. */
  readonly device?: string;
}

function open(test: Test, change: Change = {}) {
  const { kernel: real, loop, directory } = openRealRoom(test);
  const { device } = change;
  const kernel =
    device === undefined
      ? real
      : { ...real, open: () => real.connectStream(device), close: (fd: number) => (fd > 1e6 ? 0 : real.close(fd)) };
  const path = `${directory}/jfs.sock`;
  const events: PolicyEvent[] = [];
  const followed = new Map<string, Follower>();
  const denied: string[] = [];
  const forgotten: Submitter[] = [];
  /** What the helper is asked, and the submitters that are being judged. */
  const checks: { readonly paths: readonly string[]; readonly done: (verdicts: readonly boolean[] | null) => void }[] = [];
  const judged: ((judgement: Judgement) => void)[] = [];
  let cancelled = 0;
  let candidate: Candidate = { sid: 'S-1-5-18', owner: 'S-1-5-18', isSystem: true, mayHave: true };
  const settings = { maxJobs: 64, maxJobsPerUser: 16, maxRequestSize: 65536, connectionTimeoutSeconds: 30, ...change.settings };
  const jobs = createJobs<Candidate>({
    kernel,
    loop,
    path,
    settings: () => settings,
    submitters: {
      admit: () => candidate,
      ofToken: () => candidate,
      judge(_candidate, done) {
        const { judgement = { kind: 'submitter', submitter } } = change;
        if (judgement === null) judged.push(done);
        else done(judgement);
        return () => void cancelled++;
      },
      forget: (one) => void forgotten.push(one),
    },
    check(list, _seconds, _whose, done) {
      checks.push({ paths: list.map(({ type, argument }) => `${type}:${argument}`), done });
      if (change.verdicts !== undefined) done(change.verdicts);
      return () => void cancelled++;
    },
    submit: (event) => void events.push(event),
    follow: (job, follower) => void followed.set(job, follower),
    denied: ({ sid }) => void denied.push(sid),
    warn: () => undefined,
    note: () => undefined,
  });
  test.equal(jobs.start(), 0);
  test.teardown(() => jobs.close());
  const submissions = (): readonly SubmitJob[] => events.filter((event) => event.kind === 'submit-job');
  return {
    jobs,
    events,
    followed,
    denied,
    forgotten,
    checks,
    judged,
    settings,
    submissions,
    get cancelled() {
      return cancelled;
    },
    connectAs: (one: Candidate) => {
      candidate = one;
    },
    client: () => LineClient.open(path, test),
    /** A submitter whose leaving takes no turn of the loop. */
    connectRaw() {
      const fd = kernel.connectStream(path);
      const line = Buffer.from(`${JSON.stringify(echo)}\n`);
      test.equal(kernel.write(fd, line, 0, line.length), line.length);
      return { leave: () => void kernel.close(fd) };
    },
    /** Plays the policy: the latest submission becomes that job. */
    accept(job: string) {
      const last = submissions().at(-1);
      if (last === undefined) throw new Error('nothing was submitted');
      jobs.onEffect({ kind: 'job-accepted', job, ticket: last.ticket, submitter });
      return followed.get(job)!;
    },
  };
}

/** A job that has been accepted for a client. */
async function accepted(test: Test) {
  const room = open(test, { verdicts: [true, true] });
  const one = await room.client();
  one.send(echo);
  await until('the submission', () => room.submissions().length === 1);
  const follower = room.accept('id-1');
  t.strictSame(await one.answer(), { status: 'ok', job_id: 'id-1' });
  return { room, one, follower };
}

const ended = { createdAt: 1n, endedAt: 2n, exitCode: 0, exitSignal: null, failureCause: null, state: 'completed' } as JobRecord;

t.test('JFS-001 JFS-002 JFS-003 a request is looked at, submitted as who it came from, and answered with the id of its job', async (t) => {
  const room = open(t);
  const one = await room.client();
  one.send({ ...echo, working_directory: '/srv', timeout: 9, description: 'd', environment: { A: 'b' } });
  await until('the helper is asked', () => room.checks.length === 1);
  t.strictSame(room.checks[0]!.paths, ['file:/bin/echo', 'directory:/srv']);
  t.strictSame(room.events, [], 'nothing before it has answered');
  room.checks[0]!.done([true, true]);
  t.strictSame(room.events, [
    {
      kind: 'submit-job',
      submission: {
        argv: ['/bin/echo', 'x'],
        environment: ['A=b'],
        workingDirectory: '/srv',
        timeoutSeconds: 9,
        description: 'd',
        submitter,
      },
      limits: { total: 64, perUser: 16 },
      ticket: 1,
    },
  ]);
  const follower = room.accept('id-1');
  t.strictSame(await one.answer(), { status: 'ok', job_id: 'id-1' });
  room.jobs.onEffect({ kind: 'job-changed', key: 'k', job: { ...ended, id: 'id-1', state: 'running', pid: 5, startedAt: 0n } });
  t.match(await one.answer(), { kind: 'started', pid: 5 });
  follower.line(false, 0n, Buffer.from('hello'));
  t.match(await one.answer(), { kind: 'output', stream: 'stdout', text: 'hello' });
  follower.end(ended);
  t.match(await one.answer(), { kind: 'ended', final_state: 'completed', exit_code: 0, lost: 0 });
  t.equal(await one.end(), '');
  t.strictSame(room.forgotten, [submitter], 'what was found out about it is not kept');
});

t.test('JFS-002 what is not there is an error, without a job', async (t) => {
  for (const [verdicts, problem] of [
    [[false, true], /member "image_path" names \/bin\/echo, where there is no program/],
    [[true, false], /member "working_directory" names \/, where there is no directory/],
    [null, /could not be looked at within 5 s/],
  ] as const) {
    const room = open(t, { verdicts: verdicts === null ? null : [...verdicts] });
    const one = await room.client();
    t.match(await one.ask(echo), { status: 'error', code: 'INVALID_ARGUMENTS', message: problem });
    t.equal(await one.end(), '', 'and the end');
    t.strictSame(room.events, []);
    t.strictSame(room.forgotten, [submitter]);
  }
});

t.test('SEC-023 JFS-005 whoever may not is refused before anything is looked at, and told of', async (t) => {
  const room = open(t, { judgement: { kind: 'denied', problem: 'S-1-22-1-7 does not hold SeCreateJobPrivilege' } });
  room.connectAs({ sid: 'S-1-22-1-7', owner: 'S-1-22-1-7', isSystem: false, mayHave: false });
  const one = await room.client();
  t.match(await one.ask(echo), { status: 'error', code: 'ACCESS_DENIED', message: /^S-1-22-1-7 does not hold SeCreateJobPrivilege\. / });
  t.equal(await one.end(), '');
  t.strictSame([room.checks, room.events, room.denied], [[], [], ['S-1-22-1-7']]);
  const told = open(t, { judgement: { kind: 'denied', problem: 'authd is away', remedy: 'Ask again.' } });
  told.connectAs({ sid: 'S-1-22-1-7', owner: 'S-1-22-1-7', isSystem: false, mayHave: false });
  t.match(await (await told.client()).ask(echo), { code: 'ACCESS_DENIED', message: 'authd is away. Ask again.' });
});

t.test('O-91 every refusal ends the connection: no line, no JSON, no object, no member', async (t) => {
  const room = open(t, { verdicts: [true, true] });
  for (const [line, code] of [
    ['', 'MALFORMED_REQUEST'],
    ['{', 'MALFORMED_REQUEST'],
    ['[]', 'MALFORMED_REQUEST'],
    ['{"image_path":"/a","image_path":"/b"}', 'MALFORMED_REQUEST'],
    [JSON.stringify({ ...echo, identity: 'root' }), 'INVALID_ARGUMENTS'],
    ['x'.repeat(70_000), 'REQUEST_TOO_LARGE'],
  ] as const) {
    const one = await room.client();
    t.match(await one.ask(line), { status: 'error', code });
    t.equal(await one.end(), '');
  }
  t.strictSame(room.events, []);
});

t.test('JFS-013 O-93 what the policy refuses is said with its code', async (t) => {
  const room = open(t, { verdicts: [true, true] });
  const one = await room.client();
  one.send(echo);
  await until('the submission', () => room.submissions().length === 1);
  room.jobs.onEffect({ kind: 'job-refused', ticket: 1, submitter, code: 'LIMIT_REACHED', problem: '64 jobs are under way' });
  t.match(await one.answer(), { status: 'error', code: 'LIMIT_REACHED', message: /^64 jobs are under way\. Wait until one has ended/ });
  t.equal(await one.end(), '');
  t.strictSame(room.forgotten, [submitter]);
});

t.test('O-91 a request in pieces is one; what follows it is not read', async (t) => {
  const room = open(t, { verdicts: [true, true] });
  const one = await room.client();
  await one.bytewise(`${JSON.stringify(echo)}\n`);
  await until('the submission', () => room.submissions().length === 1);
  room.accept('id-1').end(ended);
  t.match(await one.answer(), { job_id: 'id-1' });
  const two = await room.client();
  two.send(echo, echo, 'nonsense');
  await until('the submission', () => room.submissions().length === 2);
  const follower = room.accept('id-2');
  t.match(await two.answer(), { job_id: 'id-2' });
  two.send(echo);
  follower.line(false, 0n, Buffer.from('still here'));
  t.match(await two.answer(), { text: 'still here' });
  t.equal(room.submissions().length, 2);
});

t.test('O-91 half a line and an end is no request', async (t) => {
  const room = open(t, { verdicts: [true, true] });
  const one = await room.client();
  one.raw('{"image_path":"/bin/ec');
  one.halfClose();
  t.equal(await one.end(), '');
  t.strictSame(room.events, []);
});

t.test('a submitter that ends its own side still follows its job', async (t) => {
  const { one, follower } = await accepted(t);
  one.halfClose();
  follower.line(true, 0n, Buffer.from('late'));
  t.match(await one.answer(), { stream: 'stderr', text: 'late' });
  follower.end(ended);
  t.match(await one.answer(), { kind: 'ended' });
});

t.test('O-92 one that is gone before its job is made gets none, wherever it leaves', async (t) => {
  const judging = open(t, { judgement: null });
  const one = await judging.client();
  one.send(echo);
  await until('it is judged', () => judging.judged.length === 1);
  one.close();
  await until('it is forgotten', () => judging.cancelled === 1);
  judging.judged[0]!({ kind: 'submitter', submitter });
  t.strictSame([judging.checks, judging.events], [[], []]);

  const looking = open(t);
  const two = await looking.client();
  two.send(echo);
  await until('the helper is asked', () => looking.checks.length === 1);
  two.close();
  await until('it is forgotten', () => looking.cancelled === 1);
  looking.checks[0]!.done([true, true]);
  t.strictSame([looking.events, looking.forgotten], [[], [submitter]]);

  // It has left when its line is read, and when its paths have been looked at: neither was noticed by itself.
  const unread = open(t, { verdicts: [true, true] });
  const early = unread.connectRaw();
  early.leave();
  const three = await unread.client();
  three.send({ ...echo, arguments: ['another'] });
  await until('the other one is there', () => unread.submissions().length > 0);
  t.strictSame(
    unread.submissions().map(({ submission }) => submission.argv[1]),
    ['another'],
  );

  const unnoticed = open(t);
  const late = unnoticed.connectRaw();
  await until('the helper is asked', () => unnoticed.checks.length === 1);
  late.leave();
  unnoticed.checks[0]!.done([true, true]);
  t.strictSame([unnoticed.events, unnoticed.forgotten], [[], [submitter]]);
});

t.test('O-92 one that leaves later takes nothing along, and loses what follows', async (t) => {
  const { room, one, follower } = await accepted(t);
  one.close();
  await until('it is noticed', () => room.events.length === 2);
  t.strictSame(room.events[1], { kind: 'submitter-gone', job: 'id-1' });
  follower.line(false, 0n, Buffer.from('a'));
  follower.line(false, 1n, Buffer.from('b'));
  t.equal(room.jobs.lostLines('id-1'), 2);
  follower.end(ended);
  t.equal(room.jobs.lostLines('id-1'), 0, 'nothing is kept of it');
});

t.test('O-16 O-92 one that does not read loses lines beyond 256 KB, and gets the rest, their number and the end', async (t) => {
  const { room, one, follower } = await accepted(t);
  one.pause();
  const text = 'x'.repeat(1000);
  let at = 0n;
  while (room.jobs.lostLines('id-1') === 0) follower.line(false, at++, Buffer.from(text));
  for (let more = 0; more < 9; more++) follower.line(false, at++, Buffer.from(text));
  const lost = room.jobs.lostLines('id-1');
  t.equal(lost, 10);
  follower.end(ended);
  one.resume();
  let lines = 0;
  for (let line = await one.answer(); ; line = await one.answer()) {
    if (line['kind'] === 'output') lines++;
    else if (line['kind'] === 'lagged') t.equal(line['lost'], lost);
    else {
      t.match(line, { kind: 'ended', lost });
      break;
    }
  }
  t.equal(lines, Number(at) - lost, 'every other one');
  t.ok(lines > 200);
  t.equal(await one.end(), '');
});

t.test('O-93 connections without a job have room for four more, and SYSTEM always finds one', async (t) => {
  const room = open(t, { settings: { maxJobs: 2, maxJobsPerUser: 1 }, judgement: null });
  room.connectAs({ sid: 'S-1-22-1-7', owner: 'S-1-22-1-7', isSystem: false, mayHave: true });
  const clients: LineClient[] = [];
  for (let count = 1; count <= 5; count++) {
    const one = await room.client();
    one.send(echo);
    clients.push(one);
    await until('it is judged', () => room.judged.length === count);
  }
  const sixth = await room.client();
  t.equal(await sixth.end(), '', 'no place for the sixth of one user');
  room.connectAs({ sid: 'S-1-5-18', owner: 'S-1-5-18', isSystem: true, mayHave: true });
  const system = await room.client();
  system.send(echo);
  await until('it is judged', () => room.judged.length === 6);
});

t.test('JFS-001 JFS-003 D-84 a request of the device becomes a job, whose id is written back', async (t) => {
  const { connected, path } = await listen(t);
  const room = open(t, { verdicts: [true, true], device: path });
  room.jobs.openDevice();
  const [peer] = await connected;
  const answers: Buffer[] = [];
  peer.on('data', (bytes: Buffer) => answers.push(bytes));
  const body = JSON.stringify(echo);
  const head = Buffer.alloc(12);
  head.writeUInt32LE(8 + body.length, 0);
  head.writeUInt32LE(77, 4);
  head.writeInt32LE(2_000_000, 8);
  peer.write(Buffer.concat([head, Buffer.from(body)]));
  await until('the submission', () => room.submissions().length === 1);
  t.strictSame(room.submissions()[0]?.submission.submitter, submitter);
  const follower = room.accept('id-1');
  follower.line(false, 0n, Buffer.from('for the log alone'));
  follower.end(ended);
  await until('the answer', () => Buffer.concat(answers).length >= 8 + 31);
  const answer = Buffer.concat(answers);
  t.equal(answer.readUInt32LE(4), 77);
  t.equal(answer.subarray(8).toString(), '{"status":"ok","job_id":"id-1"}', 'and nothing else');
});

async function listen(test: Test): Promise<{ readonly path: string; readonly connected: Promise<[Socket]> }> {
  const server = createServer();
  const directory = mkdtempSync(join(tmpdir(), 'peinit-device-'));
  const path = join(directory, 'jfs');
  server.listen(path);
  await once(server, 'listening');
  test.teardown(() => {
    server.close();
    rmSync(directory, { recursive: true, force: true });
  });
  return { path, connected: once(server, 'connection') as Promise<[Socket]> };
}
