import t from 'tap';
import { definitionFields } from '../../../gen/definition/facts.ts';
import { unknownFields } from '../../../src/seed/unknown-fields.ts';

const service = ['Machine', 'System', 'Services', 'web'];
const told = (names: readonly string[], path = service): readonly string[] =>
  unknownFields([{ path, values: names.map((name) => ({ name })) }]);

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
  t.equal(lines.at(-1), '490 more values are no fields of services and are ignored');
});
