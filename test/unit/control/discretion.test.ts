/** What callers learn of services that they may not query: nothing. */
import t from 'tap';
import { log, serviceState } from '../../../gen/events/events.ts';
import type { OperationType } from '../../../gen/service/types.ts';
import { beginBoot } from '../../../src/boot/machine-state.ts';
import { createAccess } from '../../../src/control/access.ts';
import { createDiscretion, withheld } from '../../../src/control/discretion.ts';
import { expiredPrefix } from '../../../src/policy/operation.ts';
import { treeName } from '../../../src/policy/tree-names.ts';
import type { CommandAnswer, LoadAnswer, ServiceView } from '../../../src/policy/view.ts';
import { inCgroups, openControlRoom } from '../../support/control-room.ts';
import { momentAt, operationId, startOfTime } from '../../support/fake-policy.ts';
import { alice, allowing, callerOf, securityOf, tokenOf } from '../../support/identities.ts';
import { only } from '../../support/lists.ts';
import { define } from '../../support/policy-rig.ts';

const base = {
  mode: 'full',
  bootId: operationId(0),
  times: beginBoot(momentAt(0), true),
  warnings: [],
  identityMode: 'full',
  attempts: { attempt: 1, limit: 3, ends: [] },
  containment: inCgroups,
} as const;
const change = 0x2 | 0x4 | 0x8;
const query = 0x1;

/** Alice may do that with web, and query mail; of db she may know nothing. */
function openRoom(test: Parameters<typeof openControlRoom>[0], mask: number, machine = 0) {
  const own = { web: allowing({ [alice]: mask }), mail: allowing({ [alice]: query }), db: allowing({ [alice]: 0 }) };
  const security = securityOf({ own, machine: allowing({ [alice]: machine }) });
  const room = openControlRoom(test, { identify: () => callerOf(tokenOf(alice)), security: () => security });
  for (const name of ['web', 'mail', 'DB']) room.policy.set(name);
  return room;
}

/** A service of which there is a lot to tell. */
const full: Partial<ServiceView> = {
  state: 'active',
  cause: 'explicit_start',
  since: momentAt(0),
  detail: 'something happened',
  statusText: 'serving',
  forced: 'had to be killed',
  health: 'healthy',
  leaks: [{ path: 'peinit/web/main', type: 'hooks', detectedAt: startOfTime }],
  waitingFor: ['mail'],
  restart: { attempt: 1, maxRetries: 3, nextAttemptAt: null },
  warnings: ['service web: strange'],
  operation: { id: operationId(9), type: 'reload', source: 'admin' },
  definitionRemoved: false,
  definition: define('web', { displayName: 'Web' }),
};

t.test('O-29 PRIN-006 who may only change a service is told the state it wanted, and no other member of a status', async (t) => {
  for (const command of ['start', 'stop', 'reset'] as const) {
    const { client, policy } = openRoom(t, change);
    policy.set('web', full);
    policy.respond = () => ({ answer: { kind: 'settled' } });
    const { status, service, state, ...rest } = await (await client()).ask({ command, service: 'web' });
    t.strictSame([status, service, state], ['ok', 'web', 'active']);
    for (const [member, value] of Object.entries(rest))
      t.ok(value === null || value === false || (Array.isArray(value) && value.length === 0), `${command}: ${member} is ${value}`);
  }
});

t.test('O-29 what is acknowledged without waiting tells neither state nor operation', async (t) => {
  for (const command of ['start', 'stop', 'restart', 'reload', 'reset'] as const) {
    const { client, policy } = openRoom(t, change);
    policy.set('web', full);
    const id = policy.accepts('web', {}, { warnings: ['it has leaked'] });
    const answer = await (await client()).ask({ command, service: 'web', wait: false });
    const mode = command === 'reload' ? { mode: 'advisory' } : {};
    t.strictSame(answer, { status: 'ok', operation_id: '', service: 'web', state: null, cause: null, warnings: [], ...mode });
    t.not(answer['operation_id'], id);
  }
});

t.test('O-29 who waited is told how it ended and in which state', async (t) => {
  for (const [command, more] of [
    ['start', { outcome: 'failed' }],
    ['stop', { outcome: 'failed' }],
    ['reload', { mode: 'failed' }],
  ] as readonly [OperationType, object][]) {
    const { client, policy } = openRoom(t, change);
    policy.set('web', full);
    const ended = { state: 'failed', error: 'no', forced: 'killed', completedAt: startOfTime } as const;
    policy.accepts('web', ended, { warnings: ['it has leaked'] });
    const answer = await (await client()).ask({ command, service: 'web', wait: true });
    t.strictSame(answer, { status: 'ok', operation_id: '', service: 'web', state: 'active', cause: null, warnings: [], ...more }, command);
  }
});

t.test('O-29 CMD-004 a refusal has its code for everybody, and the reason for those who may query', async (t) => {
  const refusals: readonly CommandAnswer[] = [
    { kind: 'refused', code: 'INVALID_STATE', message: 'service web is failed: reload is not possible.' },
    { kind: 'refused', code: 'UNKNOWN_SERVICE', message: 'service web is not defined' },
  ];
  for (const refusal of refusals) {
    for (const mask of [change, change | query]) {
      const { client, policy } = openRoom(t, mask);
      policy.respond = () => ({ answer: refusal });
      const answer = await (await client()).ask({ command: 'reload', service: 'web' });
      if (refusal.kind !== 'refused') continue;
      t.equal(answer['code'], refusal.code);
      if (mask === change) t.match(answer['message'], /^reload of web is not possible now; whoever may query the service sees why\. /);
      else t.equal(answer['message'], refusal.message);
    }
  }
});

t.test('O-29 CMD-001 an operation that expires or is forgotten tells neither what it waited for nor its id', async (t) => {
  for (const [mask, message] of [
    [change, /^start of web is not possible now; whoever/],
    [change | query, /^This is withheld/],
  ] as const) {
    const { client, policy } = openRoom(t, mask);
    policy.accepts('web', { state: 'failed', expired: true, error: `${expiredPrefix}it waited for db, which is failed` });
    const answer = await (await client()).ask({ command: 'start', service: 'web' });
    t.equal(answer['code'], 'OPERATION_TIMEOUT');
    t.match(answer['message'], message);
  }
  const { client, policy } = openRoom(t, change);
  policy.respond = () => ({ answer: { kind: 'accepted', operation: operationId(7), over: false, warnings: [] } });
  const lost = await (await client()).ask({ command: 'start', service: 'web' });
  t.strictSame([lost['code'], String(lost['message']).includes(operationId(7))], ['UNKNOWN_OPERATION', false]);
});

t.test('GEN-020 PRIN-006 that something still runs of a removed definition is not told to those who may not query it', async (t) => {
  for (const [mask, message] of [
    [change, /^no service "WEB" is defined\. /],
    [change | query, /^the definition of web was removed; what runs of it can only be stopped\. /],
  ] as const) {
    const { client, policy } = openRoom(t, mask);
    policy.set('web', { state: 'active', definitionRemoved: true });
    const answer = await (await client()).ask({ command: 'start', service: 'WEB' });
    t.equal(answer['code'], 'UNKNOWN_SERVICE');
    t.match(answer['message'], message);
  }
});

t.test('PRIN-006 the status of a service tells nothing of others that the caller may not query', async (t) => {
  const { client, policy } = openRoom(t, query);
  const texts = {
    detail: 'service web requires db, which is failed',
    forced: 'db had to be killed',
    warnings: ['Wants: Db is broken', 'odd'],
  };
  policy.set('web', { ...full, ...texts, waitingFor: ['mail', 'db'] });
  policy.operate(operationId(1), 'web', { state: 'failed', error: 'db.' });
  const one = await client();
  const status = await one.ask({ command: 'status', service: 'web' });
  t.strictSame(only([status], 'detail', 'forced', 'waiting_for', 'definition_warnings', 'granted'), [
    {
      detail: withheld,
      forced: withheld,
      waiting_for: ['mail'],
      definition_warnings: [withheld, 'odd'],
      granted: ['SERVICE_QUERY_STATUS'],
    },
  ]);
  const { operation } = await one.ask({ command: 'operation-status', operation_id: operationId(1) });
  t.equal(operation.error, withheld);
});

t.test('PRIN-006 explain leaves out what the caller may not query, and answers as if it did not matter', async (t) => {
  const { client, policy } = openRoom(t, query);
  policy.set('web', full);
  const start = { verdict: 'holds', subject: 'start', text: 'web is inactive: it can be started' } as const;
  const db = { verdict: 'blocks', subject: 'DB', text: 'Requires: DB is abandoned; it has to be reset first' } as const;
  const mail = { verdict: 'starts', subject: 'mail', text: 'Requires: mail is inactive and is started first' } as const;
  policy.explain = () => ({ outcome: 'fails', steps: [start, db, mail], checks: [], checkTimeoutSeconds: 5 });
  const one = await client();
  const { outcome, steps } = await one.ask({ command: 'explain', service: 'web' });
  t.strictSame(
    [outcome, steps],
    ['starts', [start, mail, { verdict: 'ignored', subject: 'access', text: 'services that you may not query are left out' }]],
  );
  policy.explain = () => ({ outcome: 'fails', steps: [start, { ...mail, verdict: 'blocks' }], checks: [], checkTimeoutSeconds: 5 });
  t.equal((await one.ask({ command: 'explain', service: 'web' }))['outcome'], 'fails');
});

t.test('PRIN-006 machine-status neither names them nor tells of registryd without the right', async (t) => {
  for (const mask of [0, query]) {
    const own = { registryd: allowing({ [alice]: mask }), db: allowing({}), web: allowing({ [alice]: query }) };
    const security = securityOf({ own });
    const { client, policy } = openControlRoom(t, {
      identify: () => callerOf(tokenOf(alice)),
      security: () => security,
      machineInfo: () => ({ ...base, reason: 'critical service db has failed' }),
    });
    for (const name of ['registryd', 'db', 'web']) policy.set(name);
    const names = ['db', 'web'];
    policy.machineView = { ...policy.machineView, failed: names, restarting: names, waitingFor: names };
    const machine = await (await client()).ask({ command: 'machine-status' });
    t.strictSame(only([machine], 'failed', 'restarting', 'waiting_for', 'reason'), [
      { failed: ['web'], restarting: ['web'], waiting_for: ['web'], reason: withheld },
    ]);
    t.equal(
      machine['warnings'].some((text: string) => text.includes('registryd')),
      mask === query,
    );
  }
});

t.test('PRIN-006 reload-config does not tell which of the removed services run', async (t) => {
  const { client, reloads } = openRoom(t, query, 0x2);
  const one = await client();
  one.send({ command: 'reload-config' });
  while (reloads.length === 0) await new Promise(setImmediate);
  const both = ['db', 'web'];
  const summary = { added: both, updated: both, restored: both, marked_removed: both, discarded: both };
  const answer: LoadAnswer = { kind: 'loaded', summary, warnings: [] };
  reloads[0]!(answer);
  const seen = { restored: ['web'], marked_removed: ['web'], discarded: ['web'] };
  t.strictSame((await one.answer())['summary'], { ...summary, ...seen });
});

t.test('PRIN-006 events tell nothing of services that the reader may not query', async (t) => {
  const { client, control } = openRoom(t, query, 0x1);
  const one = await client();
  const step = { from: 'starting', to: 'failed', cause: 'dependency_failure', job_id: null, operation_id: null } as const;
  control.publish(serviceState({ service: 'web', ...step, detail: 'it requires db, which is failed' }));
  await one.ask({ command: 'subscribe', since: 0 });
  control.publish(serviceState({ service: 'DB', ...step, detail: null }));
  control.publish(log({ service: null, level: 'info', text: 'the shutdown waits for db' }));
  control.publish(log({ service: 'web', level: 'info', text: 'web and mail are up' }));
  const texts: unknown[] = [];
  for (let count = 0; count < 3; count++) {
    const { payload } = await one.answer();
    texts.push(payload.detail ?? payload.text);
  }
  t.strictSame(texts, [withheld, withheld, 'web and mail are up']);
});

t.test('O-84 a name is found wherever it stands in a text, in any case, and no part of another word is one', async (t) => {
  const names = ['web', 'db', 'db-2', 'a.b'].map((name) => ({ name, key: name }));
  const security = securityOf({ own: { web: allowing({ [alice]: query }) } });
  const access = createAccess({ security: () => security, names: () => names });
  const discretion = createDiscretion(access);
  const caller = callerOf(tokenOf(alice));
  for (const [text, may] of [
    ['web is up', true],
    ['it waits for db', false],
    ['DB: failed', false],
    ['db.', false],
    ['(db)', false],
    ["db's end", false],
    ['peinit/db/main', false],
    ['a.b.', false],
    ['a.b..., so', false],
    ['adb is no service', true],
    ['dbs', true],
    ['db-3', true],
    ['db-2', false],
    ['', true],
  ] as const)
    t.equal(discretion.mayRead(caller, text, 'WEB'), may, text);
  t.equal(discretion.mayRead(caller, 'db is up', 'db'), true, 'of a service itself whoever was let through may read');
  t.equal(discretion.text(caller, null, 'web'), null);
});

t.test('SEC-030 PRIN-006 a mount is found by its whole name, whatever its path holds, in its own case', async (t) => {
  const names = ['web', 'io.reader', 'mount:/data', 'mount:/data/open', 'mount:/my disk'].map((name) => ({ name, key: name }));
  const security = securityOf({ own: { web: allowing({ [alice]: query }), 'mount:/data/open': allowing({ [alice]: query }) } });
  const discretion = createDiscretion(createAccess({ security: () => security, names: () => names }));
  const caller = callerOf(tokenOf(alice));
  for (const [text, may] of [
    ['web requires mount:/data, which failed', false],
    ['it waits for mount:/my disk.', false],
    ['it waits for mount:/data/open.', true],
    ['mount:/Data is not defined', true],
    ['mount: what it is', true],
    ['peinit/mount%3A%2Fdata/main is busy', false],
    ['peinit/mount%3A%2Fmy%20disk@gen2 leaks', false],
    ['peinit/mount%3A%2Fdata%2Fopen/main.', true],
    ['peinit/io%2Ereader/main has 3 processes', false],
    [`peinit/${treeName(`mount:/${'long/'.repeat(60)}`, 0)} leaks`, false],
    ['100% of web', true],
    ['service mount:/data/open: busy. mount:/data/x is not there', false],
  ] as const)
    t.equal(discretion.mayRead(caller, text, 'web'), may, text);
  t.equal(discretion.mayRead(caller, 'mount:/data is busy', 'mount:/data'), true);
});

t.test('PRIN-006 a request that fails inside is told why to those who may query all services, and is logged', async (t) => {
  for (const [mask, message] of [
    [0, /^peinit failed on this request: Error: who may query all services is told why\./],
    [0x1, /^peinit failed on this request: Error: db is in an impossible state\./],
  ] as const) {
    const { client, policy, control } = openControlRoom(t, {
      identify: () => callerOf(tokenOf(alice)),
      security: () => security,
    });
    const security = securityOf({ own: { web: allowing({ [alice]: query }), db: allowing({ [alice]: mask }) } });
    for (const name of ['web', 'db']) policy.set(name);
    policy.explain = () => {
      throw new Error('db is in an impossible state');
    };
    const answer = await (await client()).ask({ command: 'explain', service: 'web' });
    t.equal(answer['code'], 'INTERNAL_ERROR');
    t.match(answer['message'], message);
    t.match(control.journal.after(0).entries[0]?.line, /a request of S-1-5-21-1-2-3-1001 \(process 33\) failed: Error: db is in an/);
  }
});
