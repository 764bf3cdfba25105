import t from 'tap';
import { createMainStatus } from '../../../src/exec/main-status.ts';
import type { Effect, JobRecord } from '../../../src/policy/effects.ts';

const changed = (job: Partial<JobRecord>, key = 'web'): Effect => {
  const whole = { type: 'service_main', endedAt: 5n, exitCode: null, exitSignal: null, ...job };
  return { kind: 'job-changed', key, job: whole } as unknown as Effect;
};

t.test(
  'SHUT-015 the status of the machine is that of the latest main process of one service, a signal as 128 and its number',
  async (t) => {
    const main = createMainStatus('Web');
    t.equal(main.status(), null);
    for (const [effect, status] of [
      [changed({ exitCode: 3 }), 3],
      [changed({ exitCode: 4 }, 'db'), 3],
      [changed({ type: 'pre_exec_hook', exitCode: 5 }), 3],
      [changed({ exitCode: 6, endedAt: null }), 3],
      [{ kind: 'settled' } as Effect, 3],
      [changed({}), 3],
      [changed({ exitSignal: 9 }), 137],
      [changed({ exitCode: 0 }), 0],
    ] as const) {
      main.onEffect(effect);
      t.equal(main.status(), status);
    }
  },
);

t.test('where no service is named there is no status', async (t) => {
  const main = createMainStatus('');
  main.onEffect(changed({ exitCode: 3 }));
  main.onEffect(changed({ exitCode: 3 }, ''));
  t.equal(main.status(), null);
});
