/** Command timers, and what status and list tell of timers. */
import t from 'tap';
import type { ServiceView, TimerView } from '../../../src/policy/view.ts';
import { openControlRoom } from '../../support/control-room.ts';
import { startOfTime } from '../../support/fake-policy.ts';
import { alice, allowing, callerOf, securityOf, tokenOf } from '../../support/identities.ts';
import { define } from '../../support/policy-rig.ts';

const query = 0x1;
const second = 1_000_000_000n;
const operation = '019e8a5f-7c00-7000-8000-00000000abcd';
const at = (seconds: number): bigint => startOfTime + BigInt(seconds) * second;
const stamp = (minute: number, of = 56): string => `2026-06-01T12:${minute}:${of}.123456789Z`;

const resting: TimerView = { schedule: 'daily', next: null, scheduled: null, idle: 'never', last: null };
const armed: TimerView = { ...resting, schedule: '*:0/15', idle: null, next: at(60) + 1n, scheduled: at(0) };

const withTimers = (timers: readonly TimerView[], change: Partial<ServiceView> = {}): Partial<ServiceView> => ({
  definition: define('backup', { triggers: [], timerPersistent: true, timerJitter: 90 }),
  timers,
  ...change,
});

const shown = {
  service: 'backup',
  schedule: 'daily',
  next: null,
  next_seconds: null,
  scheduled: null,
  idle: 'never',
  pending_run: false,
  last: null,
  persistent: true,
  jitter: 90,
};

t.test('O-133 timers tells when each fires, its last firing, and what that came to', async (t) => {
  const room = openControlRoom(t);
  room.now = at(10);
  const result = { operation: 'failed', state: null, error: 'exited with code 3', at: at(3) } as const;
  const last = { at: at(1), scheduled: at(0), outcome: 'started', reason: null, operation, result } as const;
  room.policy.set('backup', withTimers([{ ...armed, last }, resting], { pendingRun: true }));
  room.policy.set('web', { definition: define('web') });
  const early = { at: at(20), scheduled: null, outcome: null, reason: null, operation: null, result: null };
  room.policy.set('zone', withTimers([{ ...resting, idle: 'disabled', last: early }]));
  room.policy.machineView = { ...room.policy.machineView, zone: 'Europe/Berlin' };
  const one = await room.client();
  const backup = [
    {
      ...shown,
      schedule: '*:0/15',
      next: '2026-06-01T12:35:56.123456790Z',
      next_seconds: 51,
      scheduled: stamp(34),
      idle: null,
      pending_run: true,
      last: {
        at: stamp(34, 57),
        seconds_ago: 9,
        scheduled: stamp(34),
        outcome: 'started',
        reason: null,
        operation_id: operation,
        result: { operation: 'failed', state: null, error: 'exited with code 3', at: stamp(34, 59) },
      },
    },
    { ...shown, pending_run: true },
  ];
  const ahead = { at: '2026-06-01T12:35:16.123456789Z', seconds_ago: 0, scheduled: null, outcome: null, reason: null };
  t.strictSame(await one.ask({ command: 'timers' }), {
    status: 'ok',
    timers: [...backup, { ...shown, service: 'zone', idle: 'disabled', last: { ...ahead, operation_id: null, result: null } }],
    zone: 'Europe/Berlin',
  });
  t.strictSame((await one.ask({ command: 'status', service: 'backup' }))['timers'], backup);
  t.strictSame((await one.ask({ command: 'status', service: 'web' }))['timers'], []);
  room.now = at(100);
  t.equal((await one.ask({ command: 'timers' }))['timers'][0].next_seconds, 0, 'its time has come');
});

t.test('O-134 list tells the next run of a service, and nothing of one that has none', async (t) => {
  const room = openControlRoom(t);
  room.policy.set('backup', withTimers([resting, { ...armed, next: at(120) }, armed]));
  room.policy.set('idle', withTimers([resting]));
  room.policy.set('web');
  const { services } = await (await room.client()).ask({ command: 'list' });
  t.strictSame(
    services.map((entry: object) => ['next_run' in entry, (entry as { next_run?: string }).next_run]),
    [
      [true, '2026-06-01T12:35:56.123456790Z'],
      [false, undefined],
      [false, undefined],
    ],
  );
});

t.test('O-133 SEC-013 only timers of services that the caller may query are told, and no text speaks of others', async (t) => {
  const room = openControlRoom(t, {
    identify: () => callerOf(tokenOf(alice)),
    security: () => securityOf({ own: { backup: allowing({ [alice]: query }), secret: allowing({}) } }),
  });
  const last = { at: at(1), scheduled: at(0), outcome: 'skipped', reason: 'secret is stopping', operation: null, result: null } as const;
  room.policy.set('backup', withTimers([{ ...armed, last }]));
  room.policy.set('secret', withTimers([armed]));
  const { timers } = await (await room.client()).ask({ command: 'timers' });
  t.strictSame(
    timers.map(({ service, last }: { service: string; last: { reason: string } }) => [service, last.reason]),
    [['backup', 'This is withheld: it speaks of services that the caller may not query.']],
  );
});
