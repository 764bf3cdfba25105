import t from 'tap';
import { beginBoot } from '../../../src/boot/machine-state.ts';
import type { MonotonicNs } from '../../../src/policy/time.ts';
import type { FirstStartView } from '../../../src/policy/view.ts';
import { inCgroups, openControlRoom } from '../../support/control-room.ts';
import { momentAt } from '../../support/fake-policy.ts';
import { alice, allowing, callerOf, securityOf, tokenOf } from '../../support/identities.ts';
import { serviceOf } from '../../support/timeline-service.ts';

const us = (count: number): MonotonicNs => (momentAt(1).monotonic + BigInt(count) * 1000n) as MonotonicNs;

const idle: FirstStartView = {
  name: 'Db',
  key: 'db',
  state: 'inactive',
  bootMember: false,
  critical: false,
  first: null,
  requires: [],
  bindsTo: [],
  wants: [],
  conflicts: [],
  onFailure: null,
};

const started: FirstStartView['first'] = {
  asked: us(10),
  checked: us(20),
  freed: us(30),
  freedBy: 'db',
  retried: null,
  launched: us(40),
  prepared: us(50),
  granted: us(60),
  running: us(70),
  up: us(80),
  released: us(90),
  ended: null,
  changes: [
    { to: 'starting', at: us(40) },
    { to: 'active', at: us(80) },
  ],
};

t.test('O-147 timeline tells the steps of the boot, how each service came up and what it needs', async (t) => {
  const times = { ...beginBoot(momentAt(1), false), steps: [{ step: 'root', ended: us(7) }] as const };
  const attempts = { attempt: 1, limit: 3, ends: [] };
  const base = { attempts, reason: null, bootId: 'the-boot', identityMode: 'full', warnings: [], containment: inCgroups } as const;
  const room = openControlRoom(t, { machineInfo: () => ({ ...base, mode: 'safe', times: { ...times, steps: [...times.steps] } }) });
  room.uptime = us(1_000_000);
  room.policy.machineView = { ...room.policy.machineView, phase: 'settled', settledAt: { ...momentAt(1), monotonic: us(900) } };
  room.policy.starts = [
    idle,
    {
      ...idle,
      name: 'web',
      key: 'web',
      state: 'active',
      bootMember: true,
      critical: true,
      requires: ['db'],
      onFailure: 'db',
      first: started,
    },
  ];
  t.strictSame(await (await room.client()).ask({ command: 'timeline' }), {
    status: 'ok',
    boot_id: 'the-boot',
    mode: 'safe',
    phase: 'settled',
    started_at: '2026-06-01T12:34:57.123456789Z',
    kernel_us: 1_000_000,
    steps: [{ step: 'root', ended_us: 7 }],
    settled_us: 900,
    now_us: 1_000_000,
    services: [
      serviceOf('Db', { boot: false }),
      serviceOf('web', {
        state: 'active',
        critical: true,
        asked_us: 10,
        checked_us: 20,
        freed_us: 30,
        freed_by: 'Db',
        launched_us: 40,
        prepared_us: 50,
        granted_us: 60,
        running_us: 70,
        up_us: 80,
        released_us: 90,
        changes: [
          { state: 'starting', at_us: 40 },
          { state: 'active', at_us: 80 },
        ],
        requires: ['Db'],
        on_failure: ['Db'],
      }),
    ],
  });
});

t.test('O-147 PRIN-006 a service that the caller may not query is left out, and so is its name', async (t) => {
  const security = securityOf({ own: { web: allowing({ [alice]: 0x1 }), db: allowing({ [alice]: 0x2 }) } });
  const room = openControlRoom(t, { identify: () => callerOf(tokenOf(alice)), security: () => security });
  const seen = { ...idle, name: 'web', key: 'web', requires: ['db'], wants: ['db'], bindsTo: ['db'], conflicts: ['db'], onFailure: 'db' };
  room.policy.starts = [idle, { ...seen, first: { ...started, freedBy: 'db' } }];
  const answer = await (await room.client()).ask({ command: 'timeline' });
  t.strictSame(
    answer['services'].map(({ service, freed_by }: Record<string, unknown>) => [service, freed_by]),
    [['web', null]],
  );
  t.notMatch(JSON.stringify(answer), /db/i);
});
