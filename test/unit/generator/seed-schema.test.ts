/** The editor schema of seed files: what it accepts, what it complains about, what it tells. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Build } from 'typebox/schema';
import { project } from './support.ts';

const schema: {
  readonly $defs: {
    readonly [name: string]: {
      readonly properties?: { readonly [value: string]: { readonly description?: string; readonly default?: unknown } };
    };
  };
} = JSON.parse(readFileSync(join(project, 'gen/seed.schema.json'), 'utf8'));
const evaluated = Build(schema).Evaluate();
const accepts = (seed: unknown): boolean => evaluated.Check(seed);

const service = (values: object): object => ({ 'Machine\\System\\Services\\web': values });

t.test('accepts definitions in every form of a value, enum fields by number and by name', async (t) => {
  t.ok(accepts({}));
  t.ok(accepts(service({ ImagePath: '/usr/sbin/nginx', Arguments: ['-g', 'daemon off;'], Type: 'Simple', Disabled: 0, StartTimeout: 5 })));
  t.ok(accepts(service({ Type: 1, RestartPolicy: 2 })));
  t.ok(accepts(service({ Disabled: true, SafeMode: false })), 'yes-or-no values as words');
  t.ok(accepts(service({ Foo: { type: 'EXPAND_SZ', data: '$HOME' } })));
  t.ok(accepts(service({ ServiceSecurity: { sddl: 'D:(A;;0x1;;;WD)' } })));
  t.ok(accepts(service({ ServiceSecurity: { hex: '01ff' } })));
  t.ok(accepts(service({ Foo: { qword: '5' }, Bar: 'text', Baz: ['a'], Qux: 7 })), 'unknown values are free-form');
});

t.test('refuses values of another type, out of bounds, or of no known form', async (t) => {
  const bad: readonly object[] = [
    { ImagePath: 5 },
    { ImagePath: 'nginx' },
    { Arguments: '-g' },
    { Arguments: [1] },
    { Type: 'simple' },
    { Type: 9 },
    { Disabled: 2 },
    { StartTimeout: 0 },
    { StartTimeout: 4294967296 },
    { ServiceSecurity: 'D:' },
    { ServiceSecurity: { hex: '0' } },
    { Foo: { other: 1 } },
    { Foo: true },
    { Foo: null },
    { Foo: -1 },
  ];
  for (const values of bad) t.notOk(accepts(service(values)), JSON.stringify(values));
  t.notOk(accepts({ 'Machine\\System\\Services\\web': 'text' }));
  t.notOk(accepts([]));
});

t.test('bounds that hold only beside another value are asked for only then', async (t) => {
  t.ok(accepts(service({ HealthCheckInterval: 0 })));
  t.notOk(accepts(service({ HealthCheckInterval: 0, HealthCheck: '/bin/true' })));
});

t.test('knows keys in any case, settings under their keys, and leaves other keys alone', async (t) => {
  t.notOk(accepts({ 'machine\\SYSTEM\\services\\Web': { Type: 9 } }));
  t.ok(accepts({ 'Machine\\System\\Boot': { MaxParallelStarts: 64 } }));
  t.notOk(accepts({ 'Machine\\System\\Boot': { MaxParallelStarts: 0 } }));
  t.notOk(accepts({ 'MACHINE\\system\\boot': { MaxParallelStarts: 0 } }));
  t.ok(accepts({ 'Machine\\Software\\Mine': { Type: 'anything' }, 'Machine\\System\\Services\\web\\TimerState': { Type: 9 } }));
});

t.test('every value tells what it means and when a change takes effect, and names its default', async (t) => {
  const named = Object.entries(schema.$defs).filter(([name]) => name.includes('.'));
  t.ok(named.length >= 4);
  for (const [key, { properties }] of named) {
    for (const [value, { description }] of Object.entries(properties ?? {}))
      t.match(description, /.+ Takes effect: .+\.$/, `${key} ${value}`);
  }
  const fields = schema.$defs['Machine.System.Services.name']?.properties ?? {};
  t.equal(fields['StartTimeout']?.default, 30);
  t.equal(fields['RestartPolicy']?.default, 'OnFailure');
  t.equal(fields['Identity']?.default, 'LocalService');
  t.notOk('default' in (fields['ImagePath'] ?? {}));
});
