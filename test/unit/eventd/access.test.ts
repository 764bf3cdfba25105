import t from 'tap';
import { eventdRightFacts } from '../../../gen/security/facts.ts';
import type { EventdRight } from '../../../gen/security/types.ts';
import { eventdRightNames } from '../../../gen/security/types.ts';
import type { Access } from '../../../src/hosted/eventd/access.ts';
import type { ConfigurationNode } from '../../../src/hosted/eventd/configuration.ts';
import { readConfiguration, unreadConfiguration } from '../../../src/hosted/eventd/configuration.ts';
import { linuxToken, ownToken } from '../../../src/platform/hosted/identity/principals.ts';
import type { Token } from '../../../src/security/token.ts';
import { wellKnown } from '../../../src/security/well-known.ts';
import { alice, descriptorWith, tokenOf } from '../../support/identities.ts';

const user = linuxToken(1000, [1000]);
const administrator = tokenOf(alice, [wellKnown.everyone, wellKnown.authenticatedUsers, wellKnown.administrators]);
const nobody = tokenOf(wellKnown.anonymous);
const read = eventdRightFacts.EVENTD_READ.bit;
const clear = eventdRightFacts.EVENTD_CLEAR.bit;

const held = (access: Access, kind: 'logs' | 'events', name: string, token: Token): readonly EventdRight[] =>
  eventdRightNames.filter((right) => access[kind].holds(token, name, right));

const node = (path: string, data: Uint8Array | null, denied = false): ConfigurationNode => ({
  path,
  denied,
  values: data === null ? [] : [{ name: 'Security', type: 'BINARY', data }],
});
const forUser = (mask: number) => descriptorWith([{ sid: user.user, mask }]);

t.test(
  'without descriptors SYSTEM and Administrators do all, whoever is known reads output, and ad-hoc jobs are kept from him',
  async (t) => {
    const { access } = readConfiguration([node('', null)]);
    const all = ['EVENTD_READ', 'EVENTD_CLEAR'];
    for (const [kind, name, ofUser] of [
      ['logs', 'web', ['EVENTD_READ']],
      ['logs', 'jobs', []],
      ['events', 'job.started', []],
    ] as const)
      t.strictSame(
        [ownToken, administrator, user, nobody].map((token) => held(access, kind, name, token)),
        [all, all, ofUser, []],
        `${kind} ${name}`,
      );
  },
);

t.test('the longest beginning of a name counts, word by word and in any case, and * for all others', async (t) => {
  const { access, problems } = readConfiguration([
    node('Security\\Events\\job', forUser(read)),
    node('Security\\Events\\job.ended', forUser(clear)),
    node('Security\\Logs\\Web', forUser(0)),
    node('Security\\Logs\\*', forUser(read | clear)),
    node('Security\\Logs\\web\\deeper', forUser(read)),
  ]);
  t.strictSame(problems, []);
  const told = (kind: 'logs' | 'events', names: readonly string[]) => names.map((name) => held(access, kind, name, user).join());
  t.strictSame(told('events', ['job', 'job.started', 'job.ended', 'jobs.started', 'service.state']), [
    'EVENTD_READ',
    'EVENTD_READ',
    'EVENTD_CLEAR',
    '',
    '',
  ]);
  t.strictSame(told('logs', ['web', 'WEB.one', 'website', 'db', 'jobs']), [
    '',
    '',
    'EVENTD_READ,EVENTD_CLEAR',
    'EVENTD_READ,EVENTD_CLEAR',
    '',
  ]);
});

t.test('a name with * may be read where something of that form may', async (t) => {
  const { access } = readConfiguration([node('Security\\Events\\job.ended', forUser(read))]);
  const may = (form: string) => access.events.mayHold(user, form, 'EVENTD_READ');
  t.strictSame(['*', 'job.*', 'job.ended', 'job.started', 'service.*', 'job.en*'].map(may), [true, true, true, false, false, true]);
});

t.test('a descriptor that cannot be used lets nobody in, SYSTEM neither, and is told', async (t) => {
  const { access, problems } = readConfiguration([
    node('Security\\Logs\\web', Uint8Array.of(1, 2, 3)),
    node('Security\\Events\\*', null, true),
    { path: 'Security\\Logs\\db', values: [{ name: 'Security', type: 'SZ', data: 'D:' }] },
  ]);
  for (const [kind, name] of [
    ['logs', 'web'],
    ['logs', 'db'],
    ['events', 'service.state'],
  ] as const)
    t.strictSame(
      [ownToken, administrator, user].map((token) => held(access, kind, name, token)),
      [[], [], []],
      `${kind} ${name}`,
    );
  t.strictSame(held(access, 'logs', 'app', user), ['EVENTD_READ']);
  const begin = 'Machine\\System\\eventd\\Security';
  const end = 'nobody gets what it guards until it is mended';
  const short = 'is no security descriptor: the descriptor is to have 20 bytes from byte 0 on, but only 3 are there';
  t.strictSame(problems, [
    `${begin}\\Events\\*\\Security cannot be read: its key denies that to eventd; ${end}`,
    `${begin}\\Logs\\web\\Security ${short}; ${end}`,
    `${begin}\\Logs\\db\\Security is of type SZ, but must be REG_BINARY; ${end}`,
  ]);
});

t.test('until the registry was read nothing is for anybody but SYSTEM and Administrators', async (t) => {
  const { access } = unreadConfiguration;
  for (const kind of ['logs', 'events'] as const)
    t.strictSame(
      [ownToken, administrator, user].map((token) => held(access, kind, 'web', token)),
      [['EVENTD_READ', 'EVENTD_CLEAR'], ['EVENTD_READ', 'EVENTD_CLEAR'], []],
    );
});

t.test('settings have their defaults, and one that cannot be used as well, which is told', async (t) => {
  const { access: _, ...defaults } = readConfiguration([]);
  t.strictSame(defaults, {
    maxSize: 512,
    maxAge: 0,
    querySocketPath: '/run/eventd/query.sock',
    logSocketPath: '/run/eventd/log.sock',
    problems: [],
  });
  const {
    access: __,
    problems,
    ...read
  } = readConfiguration([
    {
      path: '',
      values: [
        { name: 'maxsize', type: 'DWORD', data: 1 },
        { name: 'MaxAge', type: 'DWORD', data: 30 },
        { name: 'LogSocketPath', type: 'SZ', data: 'run/log' },
        { name: 'QuerySocketPath', type: 'SZ', data: '/run/q' },
      ],
    },
  ]);
  t.strictSame(read, { maxSize: 512, maxAge: 30, querySocketPath: '/run/q', logSocketPath: '/run/eventd/log.sock' });
  t.equal(problems.length, 2);
  for (const [problem, name] of [
    [problems[0], 'MaxSize'],
    [problems[1], 'LogSocketPath'],
  ] as const)
    t.match(problem, new RegExp(`^Machine\\\\System\\\\eventd\\\\${name} .* Until then its default counts\\.$`));
});
