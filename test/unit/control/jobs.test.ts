/** Commands about ad-hoc jobs: who may, and what they say. */
import t from 'tap';
import type { Caller } from '../../../src/control/caller.ts';
import type { JobRecord } from '../../../src/policy/effects.ts';
import type { AdHocView } from '../../../src/policy/view.ts';
import { serviceSid } from '../../../src/security/service-sid.ts';
import { wellKnown } from '../../../src/security/well-known.ts';
import type { ControlRoom } from '../../support/control-room.ts';
import { openControlRoom } from '../../support/control-room.ts';
import { momentAt, startOfTime } from '../../support/fake-policy.ts';
import { alice, allowing, bob, callerOf, securityOf, tokenOf } from '../../support/identities.ts';

const id = '019e8a5f-7c00-7000-8000-00000000abcd';

const record: JobRecord = {
  id,
  type: 'ad_hoc',
  service: null,
  operation: null,
  state: 'running',
  imagePath: '/bin/work',
  arguments: ['-x'],
  tree: `@job-${id}`,
  generation: 0,
  identity: 'bob',
  token: null,
  pid: 77,
  createdAt: startOfTime,
  startedAt: startOfTime,
  endedAt: null,
  exitCode: null,
  exitSignal: null,
  failureCause: null,
};

const view: AdHocView = {
  record,
  submitter: { sid: bob, owner: bob, isSystem: false, identity: 'bob', captured: 1 },
  description: 'nightly',
  workingDirectory: '/srv',
  timeoutSeconds: 60,
  startedAt: momentAt(0),
  stopping: false,
};

const shown = {
  job_id: id,
  state: 'running',
  stopping: false,
  identity: 'bob',
  submitter: bob,
  description: 'nightly',
  image_path: '/bin/work',
  arguments: ['-x'],
  working_directory: '/srv',
  pid: 77,
  created_at: '2026-06-01T12:34:56.123456789Z',
  started_at: '2026-06-01T12:34:56.123456789Z',
  uptime_seconds: 5,
  timeout: 60,
  exit_code: null,
  exit_signal: null,
  failure_cause: null,
};

type Test = Parameters<typeof openControlRoom>[0];

function open(test: Test, caller: Caller, machine: Uint8Array | null = null): ControlRoom {
  const room = openControlRoom(test, {
    identify: () => caller,
    security: () => securityOf({ machine }),
    asideOfJob: (_job, { most }) => ({
      output: [{ job: id, part: null, isError: true, at: startOfTime, text: `one of ${most}` }],
      lost: 3,
    }),
  });
  room.policy.adHoc.set(id, view);
  room.uptime = 5_000_000_000n;
  return room;
}

const asAlice = callerOf(tokenOf(alice));
const asBob = callerOf(tokenOf(bob));
const asSystem = callerOf(tokenOf(wellKnown.system, [wellKnown.administrators]), { uid: 0 });
const asAdministrator = callerOf(tokenOf(alice, [wellKnown.administrators]));

t.test(
  'O-94 jobs, job-status and job-stop are for the submitter, for full control of the machine, and for rights of their own',
  async (t) => {
    const nothing = allowing({});
    const cases: readonly (readonly [string, Caller, Uint8Array | null, boolean, boolean])[] = [
      ['its submitter', asBob, nothing, true, true],
      ['somebody', asAlice, nothing, false, false],
      ['SYSTEM by the default descriptor', asSystem, null, true, true],
      ['an administrator by the default descriptor', asAdministrator, null, false, false],
      ['who may shut down and reload', asAlice, allowing({ [alice]: 0x3 }), false, false],
      ['who may query jobs', asAlice, allowing({ [alice]: 0x4 }), true, false],
      ['who may stop jobs', asAlice, allowing({ [alice]: 0x8 }), false, true],
      ['full control', asAlice, allowing({ [alice]: 0xf0003 }), true, true],
      ['generic all', asAlice, allowing({ [alice]: 0x1000_0000 }), true, true],
      ['generic write', asAlice, allowing({ [alice]: 0x4000_0000 }), false, false],
      ['full control of low integrity', callerOf(tokenOf(alice, [], { integrity: 0x1000 })), allowing({ [alice]: 0xf0003 }), false, false],
    ];
    for (const [who, caller, machine, sees, stops] of cases) {
      const { client, policy } = open(t, caller, machine);
      const one = await client();
      t.strictSame(await one.ask({ command: 'jobs' }), { status: 'ok', jobs: sees ? [shown] : [] }, who);
      t.equal((await one.ask({ command: 'job-status', job_id: id }))['code'], sees ? undefined : 'ACCESS_DENIED', who);
      t.equal((await one.ask({ command: 'job-stop', job_id: id, wait: false }))['code'], stops ? undefined : 'ACCESS_DENIED', who);
      t.equal(policy.events.length, stops ? 1 : 0, who);
    }
  },
);

t.test('O-31 O-94 jobs of a service of LocalService are its own, and not those of another service that has the same user', async (t) => {
  const [web, db] = [serviceSid('web'), serviceSid('db')];
  for (const [caller, code] of [
    [tokenOf(wellKnown.localService, [web]), undefined],
    [tokenOf(wellKnown.localService, [db]), 'ACCESS_DENIED'],
    [tokenOf(wellKnown.networkService, [web]), undefined],
    [tokenOf(alice, [web]), 'ACCESS_DENIED'],
  ] as const) {
    const { client, policy } = open(t, callerOf(caller), allowing({}));
    policy.adHoc.set(id, { ...view, submitter: { ...view.submitter, sid: wellKnown.localService, owner: web } });
    const one = await client();
    t.equal((await one.ask({ command: 'jobs' }))['jobs'].length, code === undefined ? 1 : 0);
    for (const command of ['job-status', 'job-stop']) t.equal((await one.ask({ command, job_id: id, wait: false }))['code'], code, command);
  }
});

t.test('O-94 job-status tells a job with its lines; a job that is not under way is UNKNOWN_OPERATION', async (t) => {
  const one = await open(t, asBob).client();
  t.strictSame(await one.ask({ command: 'job-status', job_id: id.toUpperCase(), lines: 7 }), {
    status: 'ok',
    job: shown,
    output: [{ text: 'one of 7', at: '2026-06-01T12:34:56.123456789Z', job: id, process: null, is_error: true }],
    lost_lines: 3,
  });
  t.match(await one.ask({ command: 'job-status', job_id: id }), { output: { 0: { text: 'one of 10' } } });
  for (const command of ['job-status', 'job-stop'])
    t.match(await one.ask({ command, job_id: id.replace('abcd', 'dcba') }), {
      code: 'UNKNOWN_OPERATION',
      message: /^no job ".*dcba" is under way\. Look at jobs; nothing is kept of one that has ended\.$/,
    });
  t.match(await one.ask({ command: 'job-stop', job_id: 'x' }), {
    code: 'INVALID_ARGUMENTS',
    message: /"job_id" of job-stop must be a UUID/,
  });
});

t.test('O-94 job-stop is answered when the job is gone, with how it ended; without waiting at once', async (t) => {
  const room = open(t, asBob);
  const one = await room.client();
  t.match(await one.ask({ command: 'job-stop', job_id: id, wait: false }), { job: { state: 'running' } });
  one.send({ command: 'job-stop', job_id: id });
  const other = await room.client();
  await other.ask({ command: 'jobs' });
  t.notOk(one.hasLine);
  t.strictSame(room.policy.events.at(-1), { kind: 'stop-job', job: id, by: `${bob} (process 33)` });
  const ended: JobRecord = { ...record, state: 'failed', endedAt: startOfTime, exitSignal: 15, failureCause: 'was killed' };
  room.control.onEffect({ kind: 'job-gone', key: record.tree, job: { ...ended, id: 'another' } });
  room.control.onEffect({ kind: 'job-gone', key: record.tree, job: ended });
  t.strictSame(await one.answer(), {
    status: 'ok',
    job: { ...shown, state: 'failed', stopping: true, uptime_seconds: null, exit_signal: 15, failure_cause: 'was killed' },
  });
});
