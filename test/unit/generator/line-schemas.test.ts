/** JSON Schema of lines: that it is one, what it accepts, and what it refuses. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Compile, Meta } from 'typebox/schema';
import type { WireDocument } from '../../../spec/plugin/targets/json/wire-document.ts';
import { lineFaults, lineSchema } from '../../support/line-schemas.ts';
import { createScene, expectSound, programs, service, withServices } from '../../support/simulated-peinit.ts';
import { filesBelow, project } from './support.ts';

const schemas = filesBelow(join(project, 'gen/json-schema')).map((file) => file.replace(/\.json$/, ''));
const textOf = (name: string): string => readFileSync(join(project, 'gen/json-schema', `${name}.json`), 'utf8');
const golden = (name: string): readonly string[] =>
  readFileSync(join(project, 'gen/golden', `${name}.jsonl`), 'utf8')
    .trimEnd()
    .split('\n');
const wire = JSON.parse(readFileSync(join(project, 'gen/wire.json'), 'utf8')) as WireDocument;

t.test('each is a schema of Draft 2020-12, and there is one for each file of golden lines', async (t) => {
  const draft = Compile(Meta, Meta['https://json-schema.org/draft/2020-12/schema']);
  for (const name of schemas) t.ok(draft.Check(JSON.parse(textOf(name))), name);
  const lines = filesBelow(join(project, 'gen/golden')).map((file) => file.replace(/\.jsonl$/, ''));
  t.strictSame(
    schemas,
    lines.filter((name) => name !== 'notify/datagrams'),
  );
});

t.test('golden lines are accepted, and no line without one of its required members is', async (t) => {
  for (const name of schemas) {
    const wrong = golden(name).flatMap((line) => {
      const faults = lineFaults(name, JSON.parse(line));
      return faults === '' ? [] : [`${line}: ${faults}`];
    });
    t.strictSame(wrong, [], name);
  }
  const { required } = JSON.parse(textOf('control/status.answer')).$defs['control.StatusResponse'] as { required: readonly string[] };
  t.ok(required.length > 20);
  const [least = ''] = golden('control/status.answer');
  for (const member of [...required, 'status']) {
    const { [member]: _, ...rest } = JSON.parse(least) as { [name: string]: unknown };
    t.notOk(lineSchema('control/status.answer').Check(rest), `without ${member}`);
  }
});

t.test('what a line says wrongly is named', async (t) => {
  const answer = JSON.parse(golden('control/machine-status.answer')[0] ?? '{}') as object;
  t.match(lineFaults('control/machine-status.answer', { ...answer, phase: 'asleep' }), /^\/phase /);
  t.match(lineFaults('control/machine-status.answer', { ...answer, failed: [1] }), /\/failed\/0 must be string/);
  t.match(lineFaults('control/machine-status.answer', { ...answer, mode: null }), /^\/mode /);
  t.match(lineFaults('control/machine-status.answer', { ...answer, settled_seconds: -1 }), /\/settled_seconds /);
  t.equal(lineFaults('control/machine-status.answer', { ...answer, of_a_newer_daemon: [{}] }), '', 'members that are not known');
  t.match(lineFaults('control/start.request', { command: 'stop', service: 'web' }), /\/command must be equal to constant/);
  t.match(lineFaults('output/logs.request', { id: 1, op: 'logs', since: 'yesterday' }), /\/since must match pattern/);
  t.match(
    lineFaults('control/subscribe.line', { kind: 'event', id: 1, event: 'timer.fired', timestamp: '', payload: {} }),
    /must match "then" schema/,
  );
  t.equal(lineFaults('control/subscribe.line', { kind: 'event', id: 1, event: 'of.a_newer_daemon', timestamp: '', payload: {} }), '');
  t.match(lineFaults('jobs/submit.line', { kind: 'started', exit_code: 1 }), /\/kind /);
  t.match(lineFaults('output/log.sent', { kind: 'hello', boot_id: 'x' }), /started_at/);
});

t.test('each member and each value of an enum is described in the words of the schema', async (t) => {
  const all = new Map(schemas.flatMap((name) => Object.entries(JSON.parse(textOf(name)).$defs as { [reference: string]: Described })));
  for (const [reference, shape] of all) {
    const [from = '', name = ''] = reference.split('.');
    const message = wire.packages[from]?.messages[name];
    const values = wire.packages[from]?.enums[name]?.values ?? {};
    t.strictSame(
      Object.fromEntries(Object.entries(shape.properties ?? {}).map(([member, { description }]) => [member, description])),
      message?.array === true ? {} : Object.fromEntries(Object.entries(message?.members ?? {}).map(([member, { text }]) => [member, text])),
      reference,
    );
    if (message === undefined)
      t.strictSame(
        new Map(shape.oneOf?.map(({ const: value, description }) => [value, description])),
        new Map(Object.entries(values).map(([value, { text }]) => [value, text])),
        reference,
      );
  }
});

interface Described {
  readonly properties?: { readonly [member: string]: { readonly description: string } };
  readonly oneOf?: readonly { readonly const: string; readonly description: string }[];
}

t.test('what a simulated machine answers is what they say, in each state that a service goes through', async (t) => {
  const boot = { Triggers: ['boot'] };
  const scene = createScene({
    tree: withServices({
      web: service('/bin/web', { ...boot, HealthCheck: '/bin/check' }),
      slow: service('/bin/slow', { ...boot, Readiness: 0, StartTimeout: 3 }),
      sick: service('/bin/sick', { RestartPolicy: 1 }),
      once: service('/bin/once', { Type: 1, RemainAfterExit: 1 }),
      nightly: service('/bin/once', { Type: 1, Triggers: ['timer:*-*-* 03:00:00'] }),
      asks: service('/bin/web', { Asserts: ['path:/nowhere'] }),
    }),
  });
  for (const name of ['web', 'slow', 'check']) scene.program(`/bin/${name}`, programs.idle);
  scene.program('/bin/once', programs.exits(0));
  scene.program('/bin/sick', programs.exits(1));
  const told: string[] = [];
  const seen = new Set<string>();
  const ask = (request: { readonly command: string; readonly [member: string]: unknown }): void => {
    const sent = lineFaults(`control/${request.command}.request`, request);
    if (sent !== '') told.push(`${JSON.stringify(request)}: ${sent}`);
    const answer = scene.ask(request);
    const name = answer['status'] === 'error' ? 'control/error' : `control/${request.command}.answer`;
    seen.add(name);
    const faults = lineFaults(name, answer);
    if (faults !== '') told.push(`${JSON.stringify(answer)}: ${faults}`);
  };
  const names = ['web', 'slow', 'sick', 'once', 'nightly', 'asks', 'registryd', 'nobody'];
  const look = (): void => {
    for (const command of ['list', 'machine-status', 'boot-status', 'timeline', 'whoami', 'output', 'jobs', 'timers']) ask({ command });
    for (const command of ['status', 'explain']) for (const name of names) ask({ command, service: name });
  };
  scene.start();
  scene.shows(/slow/);
  look();
  scene.until('the machine settles', () => scene.composed.policy.machine().settledAt !== null);
  ask({ command: 'reload', service: 'web' });
  for (const name of names)
    for (const command of ['start', 'restart', 'reload', 'stop', 'start', 'reset', 'start']) {
      ask({ command, service: name, wait: false });
      ask({ command: 'status', service: name });
    }
  scene.run(20_000);
  look();
  ask({ command: 'reload-config' });
  ask({ command: 'operation-status', operation_id: '01890a5d-ac96-774b-bcce-b302099a8057' });
  ask({ command: 'operation-status', operation_id: String(scene.ask({ command: 'stop', service: 'web' })['operation_id']) });
  ask({ command: 'job-status', job_id: '01890a5d-ac96-774b-bcce-b302099a8057' });
  ask({ command: 'clear-boot-attempts' });
  ask({ command: 'shutdown', type: 'poweroff' });
  t.strictSame(told, []);
  t.ok(seen.has('control/error') && seen.size >= 20, [...seen].join(' '));
  expectSound(t, scene);
});

t.test('the events of a simulated machine are what they say', async (t) => {
  const scene = createScene({ tree: withServices({ web: service('/bin/web', { Triggers: ['boot'] }), sick: service('/bin/sick', {}) }) });
  scene.program('/bin/web', programs.idle);
  scene.boot();
  const reader = scene.client();
  t.equal(lineFaults('control/subscribe.answer', reader.ask({ command: 'subscribe', since: 0 })), '');
  for (const command of ['restart', 'stop', 'start']) for (const name of ['web', 'sick']) scene.ask({ command, service: name });
  scene.run(2000);
  const lines = reader.stream.takeLines();
  t.ok(lines.length > 20, `${lines.length} events`);
  t.strictSame(
    lines.flatMap((line) => lineFaults('control/subscribe.line', JSON.parse(line)) || []),
    [],
  );
});
