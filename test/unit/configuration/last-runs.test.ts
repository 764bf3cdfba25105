import t from 'tap';
import { placeOf, readHistory } from '../../../src/configuration/last-runs.ts';
import { buildRegistryModel } from '../../../src/configuration/model.ts';
import type { RegistryNode } from '../../../src/platform/registry.ts';
import { decodeDefinitions } from '../../../src/policy/definition/decode.ts';
import type { RegistryValue } from '../../../src/registry/value.ts';

const services = 'Machine\\System\\Services';
const at = (name: string, data: bigint): RegistryValue => ({ name, type: 'QWORD', data });

function service(name: string, schedules: readonly string[], ...values: readonly RegistryValue[]): RegistryNode {
  const triggers = schedules.map((schedule) => `timer:${schedule}`);
  return {
    path: `Services\\${name}`,
    values: [{ name: 'ImagePath', type: 'SZ', data: '/bin/x' }, { name: 'Triggers', type: 'MULTI_SZ', data: triggers }, ...values],
  };
}

function historyOf(...nodes: readonly RegistryNode[]) {
  const warnings: string[] = [];
  const model = buildRegistryModel(nodes);
  const history = readHistory(model, decodeDefinitions(model.definitions, model.keys), (text) => void warnings.push(text));
  return { history, warnings };
}

t.test(
  'TMR-031 TMR-032 KEY-003 KEY-004 one timer has its last run in the key of its service, several have a value each in a key below',
  async (t) => {
    t.strictSame(placeOf({ service: 'web', schedule: null }), { key: `${services}\\web`, isOwnKey: false, name: 'LastTimerRun' });
    t.strictSame(placeOf({ service: 'web', schedule: '*-*-* 02:00:00' }), {
      key: `${services}\\web\\TimerState`,
      isOwnKey: true,
      name: '%2A-%2A-%2A%2002%3A00%3A00',
    });
    const nameOf = (schedule: string): string => placeOf({ service: 'web', schedule }).name;
    t.strictSame(['Mon..Fri 9:00', 'daily Etc/GMT+5', 'a_b-c.d', '*:0\\1', '50%', 'ü\n'].map(nameOf), [
      'Mon..Fri%209%3A00',
      'daily%20Etc%2FGMT%2B5',
      'a_b-c.d',
      '%2A%3A0%5C1',
      '50%25',
      '%C3%BC%0A',
    ]);
  },
);

t.test('TMR-028 TMR-031 TMR-032 what the registry holds is found for each timer, in whatever case its names are', async (t) => {
  const { history, warnings } = historyOf(
    service('Web', ['daily'], at('lasttimerrun', 1n)),
    service('db', ['daily', '*:00', '*:00', 'Mon', 'weekly']),
    { path: 'Services\\DB\\timerstate', values: [at('DAILY', 2n), at('%2a%3a00', (1n << 64n) - 1n), at('%2A%3A30', 4n)] },
    service('never', ['hourly']),
    service('untimed', [], at('LastTimerRun', 5n)),
  );
  t.strictSame(
    history,
    new Map([
      ['web', { single: 1n, bySchedule: new Map() }],
      [
        'db',
        {
          single: null,
          bySchedule: new Map([
            ['daily', 2n],
            ['*:00', (1n << 64n) - 1n],
          ]),
        },
      ],
      ['never', { single: null, bySchedule: new Map() }],
    ]),
  );
  t.strictSame(warnings, []);
});

t.test('TMR-031 a record of another type is told and counts as none', async (t) => {
  const { history, warnings } = historyOf(service('web', ['daily'], { name: 'LastTimerRun', type: 'DWORD', data: 5 }));
  t.strictSame(history, new Map([['web', { single: null, bySchedule: new Map() }]]));
  t.strictSame(warnings, [
    `${services}\\web\\LastTimerRun is REG_DWORD and must be REG_QWORD: it counts as if the timer had never fired; delete the value`,
  ]);
});
