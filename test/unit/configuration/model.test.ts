import t from 'tap';
import { buildRegistryModel } from '../../../src/configuration/model.ts';
import { decodeDefinition } from '../../../src/policy/definition/decode.ts';
import type { RawDefinition } from '../../../src/policy/definition/set.ts';
import type { RegistryValue } from '../../../src/registry/value.ts';

const value = (name: string, data: string): RegistryValue => ({ name, type: 'SZ', data });
const one = [value('A', '1')];
const two = [value('B', '2')];

t.test('GEN-006 each key below Services is a definition, and what is deeper belongs to it', async (t) => {
  const model = buildRegistryModel([
    { path: '', values: [] },
    { path: 'Services', values: two },
    { path: 'Services\\web', values: one },
    { path: 'Services\\Web\\timerstate', values: two },
    { path: 'Services\\web\\TimerState\\deeper', values: one },
    { path: 'SERVICES\\Db', values: two },
    { path: 'Init', values: one },
    { path: 'Init\\web', values: one },
    { path: 'Boot', values: two },
    { path: 'ServicesOld\\web', values: one },
  ]);
  t.strictSame(model.definitions, [
    { name: 'web', values: one },
    { name: 'Db', values: two },
  ]);
  t.strictSame([...model.timerStates], [['web', two]]);
  t.strictSame(
    [...model.valuesByKey],
    [
      ['machine\\system', []],
      ['machine\\system\\services', two],
      ['machine\\system\\init', one],
      ['machine\\system\\init\\web', one],
      ['machine\\system\\boot', two],
      ['machine\\system\\servicesold\\web', one],
    ],
  );
  t.strictSame(
    [...model.keys],
    [
      'machine\\system\\services',
      'machine\\system\\services\\web',
      'machine\\system\\services\\web\\timerstate',
      'machine\\system\\services\\web\\timerstate\\deeper',
      'machine\\system\\services\\db',
      'machine\\system\\init',
      'machine\\system\\init\\web',
    ],
  );
  t.strictSame(model.globalVariables, []);
});

t.test('KEY-016 the texts of EnvVars are variables of all services, save for a name that cannot be one', async (t) => {
  const values: RegistryValue[] = [
    value('PATH', '/bin'),
    value('EMPTY', ''),
    value('', 'default'),
    value('A=B', 'c'),
    { name: 'NUMBER', type: 'DWORD', data: 1 },
    { name: 'LIST', type: 'MULTI_SZ', data: ['a'] },
    value('LAST', 'a=b'),
  ];
  for (const path of ['Init\\EnvVars', 'INIT\\envvars'])
    t.strictSame(buildRegistryModel([{ path, values }]).globalVariables, ['PATH=/bin', 'EMPTY=', 'LAST=a=b']);
  for (const path of ['EnvVars', 'Init\\EnvVars\\x', 'Boot\\EnvVars'])
    t.strictSame(buildRegistryModel([{ path, values }]).globalVariables, []);
});

t.test('GEN-016 a definition that does not let peinit read it is known as that, and is broken with the reason', async (t) => {
  const { definitions } = buildRegistryModel([{ path: 'Services\\web', values: [], denied: true }]);
  t.strictSame(definitions, [{ name: 'web', values: [], denied: true }]);
  const { definition, findings } = decodeDefinition(definitions[0] as RawDefinition);
  t.equal(definition, null);
  t.strictSame(
    findings.map(({ message }) => message),
    [
      'service web: its key does not let SYSTEM read it. As SYSTEM, set its owner with `peiosctl registry security KEY O:SY`, ' +
        'and then who may do what with D:.',
    ],
  );
});
