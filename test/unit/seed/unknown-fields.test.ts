import t from 'tap';
import { definitionFields } from '../../../gen/definition/facts.ts';
import { mountFields, mountKey } from '../../../gen/mounts/facts.ts';
import { pathFields, pathKey } from '../../../gen/paths/facts.ts';
import { foldWord, foreignFields, foreignWords } from '../../../src/seed/foreign-words.ts';
import { unknownFields } from '../../../src/seed/unknown-fields.ts';

const service = ['Machine', 'System', 'Services', 'web'];
const told = (names: readonly string[], path = service): readonly string[] =>
  unknownFields([{ path, values: names.map((name) => ({ name })) }]).map(({ message }) => message);

t.test('no field of the schema is told, in any spelling', async (t) => {
  const names = Object.values(definitionFields).map(({ name }) => name);
  t.strictSame(told(names), []);
  t.strictSame(
    told(
      names.map((name) => name.toUpperCase()),
      ['machine', 'SYSTEM', 'services', 'Web'],
    ),
    [],
  );
});

t.test('a value of a service that is no field is told with the one that may be meant', async (t) => {
  const cases = [
    ['StopTimeuot', 'StopTimeout'],
    ['Require', 'Requires'],
    ['imagepaht', 'ImagePath'],
    ['Condition', 'Conditions'],
    ['HealthChek', 'HealthCheck'],
  ] as const;
  for (const [name, meant] of cases)
    t.strictSame(told([name]), [`Machine\\System\\Services\\web: "${name}" is no field of a service and is ignored; is ${meant} meant?`]);
  t.strictSame(told(['Colour']), ['Machine\\System\\Services\\web: "Colour" is no field of a service and is ignored']);
});

t.test('other keys hold what their owners like', async (t) => {
  for (const path of [service.slice(0, 3), [...service, 'Deeper'], ['Machine', 'Software', 'Services', 'web']])
    t.strictSame(told(['Colour'], path), []);
});

t.test('a file full of them is told in a few lines', async (t) => {
  const lines = told(Array.from({ length: 500 }, (_, number) => `Colour${number}`));
  t.equal(lines.length, 11);
  t.equal(lines.at(-1), '490 more values are no fields and are ignored');
});

t.test('a word of another system is told with what does it here', async (t) => {
  const cases = [
    ['User', 'Identity names whom the service runs as'],
    ['restart', 'RestartPolicy is Never, OnFailure or Always'],
    ['auto-restart', 'RestartPolicy is Never, OnFailure or Always'],
    ['WantedBy', 'Triggers: [boot] starts a service with the machine'],
    ['ExecStart', 'ImagePath takes the program and Arguments its words, a list'],
    ['command', 'ImagePath takes the program and Arguments its words, a list'],
    ['KillSignal', 'StopSignal names the signal of a stop, as SIGINT'],
    ['env_file', 'EnvironmentFile takes the absolute path of a file with variables'],
    ['depends-on', 'Requires names what must be up first'],
    ['numprocs', 'each instance is a service of its own'],
  ] as const;
  for (const [name, hint] of cases)
    t.strictSame(told([name]), [`Machine\\System\\Services\\web: "${name}" is no field of a service and is ignored; ${hint}`]);
});

t.test('what is told of other systems is true here', async (t) => {
  const known = new Set(Object.values(definitionFields).map(({ name }) => name as string));
  for (const { name, fields } of foreignFields) for (const field of fields) t.ok(known.has(field), `${name}: ${field}`);
  for (const { field, word, hint } of foreignWords) {
    t.ok(known.has(field), `${word}: ${field}`);
    for (const [, named = ''] of hint.matchAll(/\b([A-Z]\w+):/g)) t.ok(known.has(named), `${word}: ${named}`);
  }
  const spelled = new Set([...known].map((name) => name.toLowerCase()));
  for (const { name } of foreignFields) t.notOk(spelled.has(name.toLowerCase()), `${name} is a field itself, so nobody is told`);
  t.equal(new Set(foreignFields.map(({ name }) => foldWord(name))).size, foreignFields.length, 'each word once');
});

t.test('a value of peinit itself that is no setting is told, with its line', async (t) => {
  const told = (key: string, name: string) => unknownFields([{ path: ['Machine', 'System', key], values: [{ name, line: 3 }] }]);
  t.strictSame(told('Boot', 'MaxParalelStarts'), [
    {
      line: 3,
      message: 'Machine\\System\\Boot: "MaxParalelStarts" is no setting and is ignored; is MaxParallelStarts meant?',
      meant: 'MaxParallelStarts',
    },
  ]);
  t.strictSame(told('Init', 'MaxParallelStarts'), [
    {
      line: 3,
      message: 'Machine\\System\\Init: "MaxParallelStarts" is no setting and is ignored; it belongs to Machine\\System\\Boot',
      meant: null,
    },
  ]);
  t.strictSame(told('Boot', 'MaxParallelStarts'), []);
});

t.test('KEY-003 what peinit keeps beside a definition is known', async (t) => {
  t.strictSame(told(['LastTimerRun', 'lasttimerrun']), []);
  t.strictSame(told(['LastTimerRun'], mountKey.path.split('\\')).length, 1);
});

t.test('BOOT-080 values of mounts and provisioned paths are known, and what is none of them is told', async (t) => {
  const cases = [
    [mountKey.path, mountFields, 'Devic', 'a mount', 'Device'],
    [pathKey.path, pathFields, 'Pth', 'a provisioned path', 'Path'],
  ] as const;
  for (const [family, fields, wrong, what, meant] of cases) {
    const path = [...family.split('\\').slice(0, -1), 'it'];
    const known = Object.values(fields).map(({ name }) => name);
    t.strictSame(told(known, path), []);
    t.strictSame(told([wrong], path), [`${path.join('\\')}: "${wrong}" is no value of ${what} and is ignored; is ${meant} meant?`]);
  }
});

t.test('values of the event daemon are known, those of its access as well', async (t) => {
  const eventd = ['Machine', 'System', 'eventd'];
  t.strictSame(told(['MaxSize', 'maxage', 'LogSocketPath', 'QuerySocketPath'], eventd), []);
  t.strictSame(told(['MaxSise'], eventd), ['Machine\\System\\eventd: "MaxSise" is no setting and is ignored; is MaxSize meant?']);
  t.strictSame(told(['Security'], [...eventd, 'Security', 'Logs', 'web']), []);
  t.strictSame(told(['Securty'], [...eventd, 'Security', 'Events', '*']), [
    'Machine\\System\\eventd\\Security\\Events\\*: "Securty" is no value of an access to events and is ignored; is Security meant?',
  ]);
});
