/** Command output: what process 1 holds of the lines of services, in parts. */
import t from 'tap';
import type { Caller } from '../../../src/control/caller.ts';
import type { KeptLine } from '../../../src/policy/origin.ts';
import { wellKnown } from '../../../src/security/well-known.ts';
import type { ControlRoom } from '../../support/control-room.ts';
import { openControlRoom } from '../../support/control-room.ts';
import { startOfTime } from '../../support/fake-policy.ts';
import type { Guarding } from '../../support/identities.ts';
import { alice, allowing, callerOf, securityOf, tokenOf } from '../../support/identities.ts';

const job = '019e8a5f-7c00-7000-8000-00000000abcd';
const lineOf = (text: string, change: Partial<KeptLine> = {}): KeptLine => ({
  job,
  part: null,
  isError: false,
  at: startOfTime,
  text,
  ...change,
});
const shown = (text: string, change: object = {}): object => ({
  text,
  at: '2026-06-01T12:34:56.123456789Z',
  job,
  process: null,
  is_error: false,
  ...change,
});

type Test = Parameters<typeof openControlRoom>[0];
const asSystem = callerOf(tokenOf(wellKnown.system), { uid: 0 });
const asAlice = callerOf(tokenOf(alice));

interface Room extends ControlRoom {
  /** What was asked of the room that holds the lines. */
  readonly asked: object[];
  /** Services whose denial left a record. */
  denials(): readonly unknown[];
}

function open(test: Test, held: ReadonlyMap<string, readonly KeptLine[]>, caller: Caller = asSystem, guarding: Guarding = {}): Room {
  const asked: object[] = [];
  const room = openControlRoom(test, {
    identify: () => caller,
    security: () => securityOf(guarding),
    aside: ({ name, key }, wanted) => {
      asked.push({ name, key, ...wanted });
      return { output: held.get(name) ?? [], stored: [] };
    },
  });
  for (const name of held.keys()) room.policy.set(name);
  const denials = (): readonly unknown[] =>
    room.control.journal
      .after(0)
      .entries.map(({ line }) => JSON.parse(line))
      .filter(({ event }) => event === 'access.denied')
      .map(({ payload }) => payload.target);
  return Object.assign(room, { asked, denials });
}

t.test('O-105 output tells the lines that are held of each service that has some, by name', async (t) => {
  const hook = lineOf('b', { part: 'ExecStartPre[0]', isError: true });
  const room = open(
    t,
    new Map([
      ['web', [lineOf('a'), hook]],
      ['quiet', []],
      ['Db', [lineOf('c')]],
    ]),
  );
  const one = await room.client();
  t.strictSame(await one.ask({ command: 'output' }), {
    status: 'ok',
    services: [
      { service: 'Db', output: [shown('c')] },
      { service: 'web', output: [shown('a'), shown('b', { process: 'ExecStartPre[0]', is_error: true })] },
    ],
    next: null,
  });
  t.strictSame(await one.ask({ command: 'output', services: ['WEB', 'web', 'quiet'], lines: 7 }), {
    status: 'ok',
    services: [{ service: 'web', output: [shown('a'), shown('b', { process: 'ExecStartPre[0]', is_error: true })] }],
    next: null,
  });
  t.strictSame(room.asked.slice(-2), [
    { name: 'quiet', key: 'quiet', most: 7, jobs: null },
    { name: 'web', key: 'web', most: 7, jobs: null },
  ]);
  t.strictSame(await one.ask({ command: 'output', services: [] }), { status: 'ok', services: [], next: null });
});

t.test('O-105 a part ends with the service that makes it long, and the next one begins behind it', async (t) => {
  const names = Array.from({ length: 40 }, (_, index) => `s${String(index).padStart(2, '0')}`);
  const lines = Array.from({ length: 20 }, (_, index) => lineOf(`${index}`.padEnd(1024, 'x')));
  const room = open(t, new Map(names.map((name) => [name, lines])));
  const one = await room.client();
  for (const services of [undefined, names.toReversed()]) {
    const told: string[] = [];
    const lengths: number[] = [];
    let after: string | undefined;
    while (lengths.length < names.length) {
      one.send({ command: 'output', services, after });
      const text = await one.line();
      const answer = JSON.parse(text);
      told.push(...answer.services.map(({ service }: { service: string }) => service));
      lengths.push(text.length);
      if (answer.next === null) break;
      t.equal(answer.next, told.at(-1));
      after = answer.next;
    }
    t.strictSame(told, names, 'each once');
    t.ok(lengths.length > 8 && Math.max(...lengths) < 100_000, `${lengths.length} parts of at most ${Math.max(...lengths)}`);
  }
  const asked = room.asked.length;
  t.strictSame(await one.ask({ command: 'output', after: 's39' }), { status: 'ok', services: [], next: null });
  t.strictSame(await one.ask({ command: 'output', after: 'zz' }), { status: 'ok', services: [], next: null });
  t.equal(room.asked.length, asked, 'what was told is not looked at again');
});

t.test('O-105 output needs SERVICE_QUERY_STATUS on each service that is named, and leaves out others with a record', async (t) => {
  const held = new Map(['a', 'b', 'c'].map((name) => [name, [lineOf(name)]] as const));
  const own = { a: allowing({ [alice]: 0x1 }), b: allowing({ [alice]: 0xe }), c: allowing({ [alice]: 0x1 }) };
  const { client, denials } = open(t, held, asAlice, { own });
  const one = await client();
  const services = (await one.ask({ command: 'output' }))['services'];
  t.strictSame(services, [
    { service: 'a', output: [shown('a')] },
    { service: 'c', output: [shown('c')] },
  ]);
  t.strictSame(denials(), ['b']);
  t.strictSame((await one.ask({ command: 'output', after: 'b' }))['services'], [{ service: 'c', output: [shown('c')] }]);
  t.strictSame(denials(), ['b'], 'once for all parts');
  t.match(await one.ask({ command: 'output', services: ['a', 'B'] }), {
    code: 'ACCESS_DENIED',
    message: /^output needs SERVICE_QUERY_STATUS on service b, which S-1-5-21-1-2-3-1001 does not hold/,
  });
  t.strictSame(denials(), ['b', 'b']);
});

t.test('O-105 a service that is left out between two parts is one denial', async (t) => {
  const large = Array.from({ length: 80 }, () => lineOf('x'.repeat(1024)));
  const held = new Map(['a', 'b', 'c'].map((name) => [name, large] as const));
  const own = { a: allowing({ [alice]: 0x1 }), b: allowing({}), c: allowing({ [alice]: 0x1 }) };
  const { client, denials } = open(t, held, asAlice, { own });
  const one = await client();
  const first = await one.ask({ command: 'output' });
  t.strictSame([first['services'].length, first['next'], denials()], [1, 'a', []]);
  const second = await one.ask({ command: 'output', after: 'a' });
  t.strictSame([second['services'].length, second['next'], denials()], [1, null, ['b']]);
});

t.test('O-105 output names the service that is not known, the descriptor that is broken, and the member that is wrong', async (t) => {
  const one = await open(t, new Map([['a', [lineOf('a')]]]), asSystem, { own: { a: new Uint8Array(3) } }).client();
  t.match(await one.ask({ command: 'output', services: ['ghost'] }), {
    code: 'UNKNOWN_SERVICE',
    message: /^no service "ghost" is defined\./,
  });
  t.match(await one.ask({ command: 'output', services: ['a'] }), { code: 'INTERNAL_ERROR', message: /descriptor of service a/ });
  t.strictSame((await one.ask({ command: 'output' }))['services'], []);
  t.match(await one.ask({ command: 'output', lines: -1 }), { code: 'INVALID_ARGUMENTS', message: /"lines" of output must be an integer/ });
  t.match(await one.ask({ command: 'output', services: [7] }), { code: 'INVALID_ARGUMENTS', message: /"services" of output/ });
});
