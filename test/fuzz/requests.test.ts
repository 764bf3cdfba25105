/** Random requests to the whole control room: every answer is well-formed, in order, and of a known code. */
import t from 'tap';
import { commandNames, commands, errorCodes } from '../../gen/control/facts.ts';
import { openControlRoom } from '../support/control-room.ts';
import { operationId } from '../support/fake-policy.ts';
import type { Seeded } from '../support/random.ts';
import { seeded } from '../support/random.ts';

const rounds = 4_000;
const values = [
  'web',
  'nobody',
  '',
  'start',
  true,
  false,
  null,
  0,
  1,
  -1,
  2 ** 53,
  'reboot',
  operationId(1),
  operationId(9),
  [],
  ['*'],
  {},
  'x'.repeat(200),
];
const members = ['service', 'wait', 'type', 'operation_id', 'events', 'since', 'pad', '__proto__'];
// A stream has no further answers, and the others are no requests.
const asked = [...commandNames.filter((name) => !commands[name].streaming), 'reload_config', 7, null, undefined];

function request(random: Seeded): string {
  const object = Object.fromEntries(Array.from({ length: random.below(4) }, () => [random.pick(members), random.pick(values)]));
  const text = JSON.stringify({ command: random.pick(asked), ...object });
  if (random.chance(0.9)) return text;
  const at = random.below(text.length);
  return `${text.slice(0, at)}${random.pick(['', '"', '{', '\\', '\u0001', ','])}${text.slice(at + 1)}`;
}

t.test(
  'WIRE-025 WIRE-026 WIRE-004 CTL-005 every request gets exactly one answer: ok, or an error of three members with one of the ten codes',
  async (t) => {
    const random = seeded();
    t.comment(`seed ${random.seed}`);
    const { client, policy } = openControlRoom(t, {
      reloadConfig: (done) =>
        done({ kind: 'loaded', summary: { added: [], updated: [], restored: [], marked_removed: [], discarded: [] }, warnings: [] }),
    });
    policy.set('web', { state: 'active', cause: 'explicit_start' });
    policy.operate(operationId(1), 'web', { state: 'completed', result: 'active' });
    policy.respond = () => ({
      answer: random.pick([
        { kind: 'settled' },
        { kind: 'accepted', operation: operationId(1), over: true, warnings: [] },
        { kind: 'refused', code: 'INVALID_STATE', message: 'no' },
      ] as const),
    });
    const one = await client();
    const codes = new Set<string>();
    let served = 0;
    for (let round = 0; round < rounds; round += 20) {
      const lines = Array.from({ length: 20 }, () => request(random));
      one.send(...lines);
      for (const line of lines) {
        const answer = await one.answer();
        const where = `seed ${random.seed}: ${line} got ${JSON.stringify(answer)}`;
        if (Object.keys(answer)[0] !== 'status') t.fail(where);
        if (answer['status'] === 'ok') served++;
        else if (Object.keys(answer).join() !== 'status,code,message' || !(answer['code'] in errorCodes) || answer['message'].length < 10) {
          if (answer['message'] !== 'no') t.fail(where);
        } else codes.add(answer['code']);
      }
    }
    t.equal(Object.keys(errorCodes).length, 10);
    t.ok(served > rounds / 20, `${served} were served`);
    for (const code of ['MALFORMED_REQUEST', 'INVALID_ARGUMENTS', 'INVALID_COMMAND', 'UNKNOWN_SERVICE']) t.ok(codes.has(code), code);
  },
);
