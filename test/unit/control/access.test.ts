/** Who may do what, through the socket: tokens against descriptors. */
import t from 'tap';
import type { Caller } from '../../../src/control/caller.ts';
import type { ControlOptions } from '../../../src/control/control.ts';
import type { Token } from '../../../src/security/token.ts';
import { wellKnown } from '../../../src/security/well-known.ts';
import { openControlRoom } from '../../support/control-room.ts';
import { operationId } from '../../support/fake-policy.ts';
import type { Guarding } from '../../support/identities.ts';
import { alice, allowing, bob, callerOf, descriptorWith, securityOf, tokenOf } from '../../support/identities.ts';
import { matchEach, only } from '../../support/lists.ts';

const query = 0x1;
const start = 0x2;
const stop = 0x4;
const reload = 0x8;

type Test = Parameters<typeof openControlRoom>[0];

/** A room in which everybody who connects is that caller. */
function openGuarded(test: Test, caller: Caller, guarding: Guarding, change: Partial<ControlOptions> = {}) {
  const guards = { security: securityOf(guarding) };
  const room = openControlRoom(test, { identify: () => caller, security: () => guards.security, ...change });
  const records = (after = 0): { event: string; payload: Record<string, unknown> }[] =>
    room.control.journal
      .after(after)
      .entries.map(({ line }) => JSON.parse(line))
      .filter(({ event }) => event === 'access.denied');
  return { ...room, guards, records };
}

const asAlice = callerOf(tokenOf(alice), { tokenId: 't-1' });

/** Each command, with what it acts on and the rights it needs. */
const commands: readonly (readonly [request: object, target: string | null, rights: readonly string[], mask: number])[] = [
  [{ command: 'start', service: 'web', wait: false }, 'web', ['SERVICE_START'], start],
  [{ command: 'stop', service: 'web', wait: false }, 'web', ['SERVICE_STOP'], stop],
  [{ command: 'restart', service: 'web', wait: false }, 'web', ['SERVICE_START', 'SERVICE_STOP'], start | stop],
  [{ command: 'reload', service: 'web' }, 'web', ['SERVICE_INTERROGATE'], reload],
  [{ command: 'reset', service: 'web' }, 'web', ['SERVICE_STOP'], stop],
  [{ command: 'status', service: 'web' }, 'web', ['SERVICE_QUERY_STATUS'], query],
  [{ command: 'explain', service: 'web' }, 'web', ['SERVICE_QUERY_STATUS'], query],
  [{ command: 'operation-status', operation_id: operationId(1) }, 'web', ['SERVICE_QUERY_STATUS'], query],
  [{ command: 'shutdown', type: 'halt' }, null, ['SYSTEM_SHUTDOWN'], 0x1],
  [{ command: 'reload-config' }, null, ['SYSTEM_RELOAD_CONFIG'], 0x2],
];

t.test(
  'SEC-004 SEC-005 SEC-006 SEC-007 SEC-011 PRIN-007 WIRE-015 each command needs its rights alone, and leaves a record without',
  async (t) => {
    for (const [request, target, rights, needed] of commands) {
      for (let mask = 0; mask < (target === null ? 4 : 16); mask++) {
        const guard = allowing({ [alice]: mask });
        const room = openGuarded(t, asAlice, target === null ? { machine: guard } : { own: { web: guard } });
        const { policy, reloads, shutdowns, records } = room;
        policy.set('web', { state: 'active' });
        policy.operate(operationId(1), 'web');
        policy.respond = () => ({ answer: { kind: 'accepted', operation: operationId(1), over: false, warnings: [] } });
        const one = await room.client();
        one.send(request);
        const is = (what: string) => `${JSON.stringify(request)} with ${mask}: ${what}`;
        if ((mask & needed) === needed) {
          if ('command' in request && request.command === 'reload-config') {
            while (reloads.length === 0) await new Promise(setImmediate);
            reloads[0]!({
              kind: 'loaded',
              summary: { added: [], updated: [], restored: [], marked_removed: [], discarded: [] },
              warnings: [],
            });
          }
          t.equal((await one.answer())['status'], 'ok', is('granted'));
          t.strictSame(records(), [], is('no record'));
        } else {
          t.equal((await one.answer())['code'], 'ACCESS_DENIED', is('denied'));
          t.strictSame(
            records().map(({ payload }) => payload),
            [
              {
                caller: `${alice} (process 33)`,
                target,
                rights: [...rights],
                requested: needed,
                granted: mask & needed,
                sid: alice,
                pid: 33,
                token_id: 't-1',
              },
            ],
            is('one record'),
          );
          t.strictSame([policy.events, reloads, shutdowns], [[], [], []], is('nothing is done'));
        }
        one.close();
        room.control.close();
      }
    }
  },
);

t.test('CMD-004 a refusal says which right is missing on what, and how it is granted', async (t) => {
  const { client, policy } = openGuarded(t, asAlice, { own: { web: allowing({ [alice]: start }) } });
  policy.set('Web');
  policy.operate(operationId(1), 'Web');
  const one = await client();
  const told = async (request: object): Promise<string> => (await one.ask(request))['message'];
  t.equal(
    await told({ command: 'restart', service: 'web' }),
    `restart needs SERVICE_STOP on service Web, which ${alice} does not hold. ` +
      `\`peiosctl security check Web ${alice}\` tells an administrator what decides, and ` +
      `\`peiosctl security grant Web ${alice} SERVICE_STOP\` grants it.`,
  );
  t.match(
    await told({ command: 'reload-config' }),
    /needs SYSTEM_RELOAD_CONFIG on the machine, which .*peiosctl security grant --machine S-.* SYSTEM_RELOAD_CONFIG` grants/,
  );
  t.match(await told({ command: 'operation-status', operation_id: operationId(1) }), /on the service of operation [0-9a-f-]+, which/);
});

t.test('SEC-002 SEC-003 D-21 D-22 a service without a descriptor has that of the Services key, and without one the default', async (t) => {
  const admin = callerOf(tokenOf(bob, [wellKnown.administrators]));
  const granted = async (caller: Caller, guarding: Guarding): Promise<unknown> => {
    const { client, policy } = openGuarded(t, caller, guarding);
    policy.set('web');
    policy.set('db');
    const { services } = await (await client()).ask({ command: 'list' });
    return Object.fromEntries(services.map(({ service, granted: names }: { service: string; granted: string[] }) => [service, names]));
  };
  const queryAndStop = ['SERVICE_QUERY_STATUS', 'SERVICE_STOP'];
  const all = ['SERVICE_QUERY_STATUS', 'SERVICE_START', 'SERVICE_STOP', 'SERVICE_INTERROGATE'];
  t.strictSame(await granted(admin, {}), { db: queryAndStop, web: queryAndStop });
  t.strictSame(await granted(callerOf(tokenOf(wellKnown.system)), {}), { db: all, web: all });
  t.strictSame(await granted(callerOf(tokenOf(alice)), {}), {});
  const inherited = allowing({ [alice]: query });
  t.strictSame(await granted(asAlice, { inherited }), { db: ['SERVICE_QUERY_STATUS'], web: ['SERVICE_QUERY_STATUS'] });
  t.strictSame(await granted(asAlice, { inherited, own: { web: allowing({ [alice]: 0 }) } }), { db: ['SERVICE_QUERY_STATUS'] });
  t.strictSame(await granted(admin, { inherited }), {}, 'the default does not count beside it');
});

t.test('SEC-012 KEY-010 without ControlSecurity administrators may shut down and reload, and nobody else but SYSTEM', async (t) => {
  for (const [token, code] of [
    [tokenOf(alice, [wellKnown.administrators]), undefined],
    [tokenOf(wellKnown.system), undefined],
    [tokenOf(alice, [wellKnown.everyone, wellKnown.authenticatedUsers]), 'ACCESS_DENIED'],
  ] as const) {
    const { client, shutdowns } = openGuarded(t, callerOf(token), {});
    t.equal((await (await client()).ask({ command: 'shutdown', type: 'reboot' }))['code'], code);
    t.equal(shutdowns.length, code === undefined ? 1 : 0);
  }
});

t.test('PRIN-005 PRIN-008 nobody passes beside the descriptors: SYSTEM and uid 0 neither', async (t) => {
  const system = callerOf(tokenOf(wellKnown.system), { uid: 0, pid: 1 });
  const { client, policy, records } = openGuarded(t, system, { inherited: allowing({ [alice]: 0xf }), machine: allowing({}) });
  policy.set('web', { state: 'active' });
  policy.operate(operationId(1), 'web');
  policy.events.length = 0;
  const one = await client();
  for (const [request] of commands) t.equal((await one.ask(request))['code'], 'ACCESS_DENIED', JSON.stringify(request));
  t.equal((await one.ask({ command: 'subscribe' }))['code'], 'ACCESS_DENIED');
  t.strictSame((await one.ask({ command: 'list' }))['services'], []);
  t.equal(records().length, commands.length + 2);
  t.strictSame(policy.events, []);
});

t.test('DEF-045 SEC-009 SEC-010 a changed descriptor governs the next request of an open connection', async (t) => {
  const { client, policy, guards, shutdowns } = openGuarded(t, asAlice, { own: { web: allowing({ [alice]: query }) } });
  policy.set('web');
  const one = await client();
  const code = async (request: object): Promise<unknown> => (await one.ask(request))['code'];
  const status = { command: 'status', service: 'web' };
  t.equal(await code(status), undefined);
  guards.security = securityOf({ own: { web: allowing({ [alice]: start }) } });
  t.equal(await code(status), 'ACCESS_DENIED');
  guards.security = securityOf({ inherited: allowing({ [alice]: query }), machine: allowing({ [alice]: 1 }) });
  t.equal(await code(status), undefined);
  t.equal(await code({ command: 'shutdown', type: 'halt' }), undefined);
  guards.security = securityOf({ inherited: allowing({ [alice]: query }), machine: allowing({ [alice]: 2 }) });
  t.equal(await code({ command: 'shutdown', type: 'halt' }), 'ACCESS_DENIED');
  t.equal(shutdowns.length, 1);
});

t.test('SEC-028 a broken descriptor answers INTERNAL_ERROR with the remedy, for that target alone, and nothing is done', async (t) => {
  const broken = new Uint8Array([1, 2, 3]);
  const guard = allowing({ [alice]: 0xf });
  const room = openGuarded(t, asAlice, { own: { web: broken, db: guard, mail: { problem: 'is of type SZ' } }, machine: broken });
  const { client, policy, shutdowns, reloads, records } = room;
  for (const name of ['Web', 'db', 'mail']) policy.set(name);
  policy.operate(operationId(1), 'Web');
  policy.events.length = 0;
  const one = await client();
  for (const [request, target] of commands) {
    const answer = await one.ask(request);
    t.equal(answer['code'], 'INTERNAL_ERROR', JSON.stringify(request));
    t.match(answer['message'], target === null ? /Init.ControlSecurity is no security/ : /cannot be evaluated, so nothing was done/);
  }
  t.match(
    (await one.ask({ command: 'stop', service: 'web' }))['message'],
    /^the .* of service Web cannot be evaluated, so nothing was done: Machine\\System\\Services\\web\\ServiceSecurity is no .*\. Write/,
  );
  t.match((await one.ask({ command: 'stop', service: 'mail' }))['message'], /Services\\mail\\ServiceSecurity is of type SZ\. Write/);
  t.strictSame([policy.events, shutdowns, reloads, records()], [[], [], [], []]);
  const { services } = await one.ask({ command: 'list' });
  t.strictSame(
    services.map(({ service }: { service: string }) => service),
    ['db'],
  );
  t.equal((await one.ask({ command: 'status', service: 'db' }))['status'], 'ok');
});

t.test('SEC-019 a token of Identification level is denied; a contradictory one cannot be judged', async (t) => {
  for (const [change, code] of [
    [{ type: 'impersonation', level: 1 }, 'ACCESS_DENIED'],
    [{ type: 'impersonation', level: 2 }, undefined],
    [{ writeRestricted: true }, 'INTERNAL_ERROR'],
  ] as readonly [Partial<Token>, string | undefined][]) {
    const { client, policy } = openGuarded(t, callerOf(tokenOf(alice, [], change)), { inherited: allowing({ [alice]: 0xf }) });
    policy.set('web');
    t.equal((await (await client()).ask({ command: 'status', service: 'web' }))['code'], code);
  }
});

t.test('SEC-020 O-11 a caller of low integrity may query, and neither start nor stop nor reload', async (t) => {
  const low = callerOf(tokenOf(alice, [], { integrity: 0x1000 }));
  const { client, policy } = openGuarded(t, low, { inherited: allowing({ [alice]: 0xf }), machine: allowing({ [alice]: 0x3 }) });
  policy.set('web');
  const one = await client();
  t.strictSame((await one.ask({ command: 'status', service: 'web' }))['granted'], ['SERVICE_QUERY_STATUS']);
  for (const command of ['start', 'stop', 'restart', 'reload', 'reset'])
    t.equal((await one.ask({ command, service: 'web' }))['code'], 'ACCESS_DENIED', command);
  t.equal((await one.ask({ command: 'shutdown', type: 'halt' }))['code'], 'ACCESS_DENIED');
});

t.test('SEC-025 SEC-026 generic rights in a descriptor stand for what the mappings say', async (t) => {
  const generic = { all: 0x10000000, execute: 0x20000000, write: 0x40000000, read: 0x80000000 } as const;
  const needs = { status: query, start, stop, reload };
  for (const [bit, service, mayShutDown] of [
    [generic.read, query, false],
    [generic.write, start | stop | reload, true],
    [generic.execute, 0, false],
    [generic.all, 0xf, true],
  ] as const) {
    const guard = allowing({ [alice]: bit });
    const { client, policy } = openGuarded(t, asAlice, { inherited: guard, machine: guard });
    policy.set('web');
    policy.respond = () => ({ answer: { kind: 'accepted', operation: operationId(1), over: false, warnings: [] } });
    const one = await client();
    for (const [command, right] of Object.entries(needs)) {
      const code = (service & right) !== 0 ? undefined : 'ACCESS_DENIED';
      t.equal((await one.ask({ command, service: 'web', wait: false }))['code'], code, `${command} with ${bit.toString(16)}`);
    }
    t.equal((await one.ask({ command: 'shutdown', type: 'halt' }))['code'], mayShutDown ? undefined : 'ACCESS_DENIED');
  }
});

t.test('SEC-016 SEC-017 SEC-018 the list of a descriptor is walked in its order; no list grants all, an empty one nothing', async (t) => {
  const everything = { sid: wellKnown.everyone, mask: 0xf };
  const none = { type: 'deny', sid: alice, mask: 0xf } as const;
  const of = async (guard: Uint8Array, token = tokenOf(alice, [wellKnown.everyone])): Promise<unknown> => {
    const { client, policy } = openGuarded(t, callerOf(token), { inherited: guard });
    policy.set('web');
    return (await (await client()).ask({ command: 'status', service: 'web' }))['code'] ?? 'ok';
  };
  t.equal(await of(descriptorWith([everything, none])), 'ok');
  t.equal(await of(descriptorWith([none, everything])), 'ACCESS_DENIED');
  t.equal(await of(descriptorWith(null)), 'ok');
  t.equal(await of(descriptorWith([])), 'ACCESS_DENIED');
  const denyOnly = tokenOf(bob, [], { groups: [{ sid: wellKnown.everyone, attributes: 0x10 }] });
  t.equal(await of(descriptorWith([everything]), denyOnly), 'ACCESS_DENIED');
});

t.test('SEC-027 CTL-009 a name that nothing has is UNKNOWN_SERVICE for everybody, without a record', async (t) => {
  const { client, records } = openGuarded(t, asAlice, { inherited: allowing({}), machine: allowing({}) });
  const one = await client();
  for (const command of ['start', 'status', 'explain']) t.equal((await one.ask({ command, service: 'ghost' }))['code'], 'UNKNOWN_SERVICE');
  t.equal((await one.ask({ command: 'operation-status', operation_id: operationId(9) }))['code'], 'UNKNOWN_OPERATION');
  t.strictSame(records(), []);
});

t.test('SEC-013 SEC-007 list shows exactly what the caller may query, and leaves a record for each service it left out', async (t) => {
  const own = { alpha: query, beta: 0xe, gamma: 0xf, delta: 0 };
  const guards = Object.fromEntries(Object.entries(own).map(([name, mask]) => [name, allowing({ [alice]: mask })]));
  const { client, policy, records } = openGuarded(t, asAlice, { own: guards });
  for (const name of ['delta', 'Gamma', 'beta', 'alpha']) policy.set(name);
  policy.set('alpha', { definitionRemoved: true });
  policy.machineView = { ...policy.machineView, phase: 'booting', failed: ['alpha', 'beta', 'delta'], waitingFor: ['Gamma', 'beta'] };
  const one = await client();
  const { services } = await one.ask({ command: 'list' });
  t.strictSame(
    services.map(({ service, granted }: { service: string; granted: string[] }) => [service, granted.length]),
    [
      ['Gamma', 4],
      ['alpha', 1],
    ],
  );
  t.strictSame(
    records().map(({ payload: { target, requested, granted } }) => [target, requested, granted]),
    [
      ['beta', 1, 0],
      ['delta', 1, 0],
    ],
  );
  const machine = await one.ask({ command: 'machine-status' });
  t.strictSame([machine['failed'], machine['waiting_for']], [['alpha'], ['Gamma']]);
});

t.test('OP-020 D-67 the operation of a service that is gone stays guarded by what guarded that', async (t) => {
  for (const [mask, code] of [
    [query, undefined],
    [start | stop | reload, 'ACCESS_DENIED'],
  ] as const) {
    const guarding = { inherited: allowing({ [alice]: query & ~mask }), own: { gone: allowing({ [alice]: mask }) } };
    const { client, policy } = openGuarded(t, asAlice, guarding);
    policy.operate(operationId(1), 'Gone');
    t.equal((await (await client()).ask({ command: 'operation-status', operation_id: operationId(1) }))['code'], code);
  }
});

t.test('SEC-029 who connected is looked at once, and stays who it was', async (t) => {
  let asked = 0;
  const callers = [asAlice, callerOf(tokenOf(bob))];
  const identify = (): Caller | null => callers[asked++] ?? null;
  const { client, policy } = openGuarded(t, asAlice, { inherited: allowing({ [alice]: query }) }, { identify });
  policy.set('web');
  const [first, second] = [await client(), await client()];
  const status = { command: 'status', service: 'web' };
  for (let times = 0; times < 2; times++) {
    t.equal((await first.ask(status))['status'], 'ok');
    t.equal((await second.ask(status))['code'], 'ACCESS_DENIED');
  }
  t.equal(asked, 2);
  const third = await client();
  third.send(status);
  t.equal(await third.end(), '', 'CTL-017: who cannot be told is closed without a byte');
});

t.test('O-33 subscribe without any right is refused with a record, and a stream ends with its last right', async (t) => {
  const { client, policy, guards, records, control } = openGuarded(t, asAlice, {});
  policy.set('web');
  const one = await client();
  t.match(await one.ask({ command: 'subscribe' }), { code: 'ACCESS_DENIED', message: /needs some right on the machine or on a service/ });
  matchEach(
    t,
    records().map(({ payload }) => payload),
    [{ target: null, granted: 0, sid: alice }],
  );
  guards.security = securityOf({ inherited: allowing({ [alice]: start }) });
  t.strictSame(await one.ask({ command: 'subscribe' }), { status: 'ok' });
  guards.security = securityOf({});
  policy.step('web', 'active', 'explicit_start');
  t.equal(await one.end(), '');
  t.equal(control.journal.lastId, 2);
});

t.test('without a twin the kernel says who connected', async (t) => {
  const seen: unknown[] = [];
  const { client } = openControlRoom(t, { shutdown: (_type, reason) => void seen.push(reason) }, null);
  const one = await client();
  const answer = await one.ask({ command: 'shutdown', type: 'halt' });
  if (process.getuid?.() === 0) {
    t.equal(answer['status'], 'ok');
    t.match(seen[0], `process ${process.pid}`);
  } else t.equal(answer['code'], 'ACCESS_DENIED');
});

t.test('O-87 whoami tells everybody who it is, by what it was recognised, and what it may do with the machine', async (t) => {
  const group = { sid: wellKnown.administrators, attributes: 0x17 };
  const token = tokenOf(alice, [wellKnown.everyone], { privilegesPresent: 3n << 62n, privilegesEnabled: 1n << 62n });
  const known = callerOf({ ...token, groups: [...token.groups, group] }, { tokenId: 't-1', pid: 7, uid: 40001 });
  const room = openGuarded(t, known, { machine: allowing({ [alice]: 0x2 }) });
  t.strictSame(await (await room.client()).ask({ command: 'whoami' }), {
    status: 'ok',
    user: alice,
    user_name: null,
    groups: [
      { sid: 'S-1-1-0', name: 'Everyone', attributes: ['mandatory', 'by_default', 'enabled'] },
      { sid: 'S-1-5-32-544', name: 'Administrators', attributes: ['mandatory', 'by_default', 'enabled', 'deny_only'] },
    ],
    privileges: [
      { name: 'SeCreateJobPrivilege', enabled: true },
      { name: 'SeBindPrivilegedPortPrivilege', enabled: false },
    ],
    integrity: 'medium',
    recognised_by: 'token',
    uid: 40001,
    pid: 7,
    token_id: 't-1',
    granted: ['SYSTEM_RELOAD_CONFIG'],
  });
  for (const [user, by] of [
    [wellKnown.system, 'root'],
    [wellKnown.anonymous, 'anonymous'],
    ['S-1-22-1-1000', 'linux_user'],
  ] as const) {
    const { client } = openGuarded(t, callerOf(tokenOf(user)), { machine: new Uint8Array([1]) });
    const answer = await (await client()).ask({ command: 'whoami' });
    t.strictSame(only([answer], 'user', 'recognised_by', 'granted'), [{ user, recognised_by: by, granted: [] }]);
  }
});

t.test('O-33 O-87 connections are counted by uid; SYSTEM is whoever has its token', async (t) => {
  const guard = { inherited: allowing({ [alice]: query }) };
  const next: Caller[] = [];
  const settings = () => ({
    maxControlConnections: 8,
    maxControlConnectionsPerUser: 2,
    maxRequestSize: 65536,
    connectionTimeoutSeconds: 30,
  });
  const { client } = openGuarded(t, asAlice, guard, { identify: () => next.shift() ?? null, settings });
  const isServed = async (caller: Caller): Promise<boolean> => {
    next.push(caller);
    const one = await client();
    one.send({ command: 'whoami' });
    return one.line().then(
      () => true,
      () => false,
    );
  };
  const other = (user: string, uid: number): Caller => callerOf(tokenOf(user), { uid });
  t.equal(await isServed(other(alice, 40001)), true);
  t.equal(await isServed(other(bob, 40001)), true);
  t.equal(await isServed(other(alice, 40001)), false, 'two SIDs with one uid share its places');
  t.equal(await isServed(other(alice, 40002)), true);
  t.equal(await isServed(other('S-1-22-1-0', 0)), true);
  t.equal(await isServed(other('S-1-22-1-0', 0)), false, 'uid 0 that is not SYSTEM has none of its places');
  for (let count = 0; count < 4; count++) t.equal(await isServed(other(wellKnown.system, 1000)), true);
});
