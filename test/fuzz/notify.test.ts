/** The decoder of notify datagrams against a plain reading of its rules. */
import t from 'tap';
import { notifyKeys } from '../../gen/notify/facts.ts';
import { decodeNotification } from '../../src/wire/notify/notification.ts';
import type { Seeded } from '../support/random.ts';
import { seeded } from '../support/random.ts';

const rounds = 20_000;
const keys = [
  ...Object.values(notifyKeys).map(({ name }) => name),
  'MAINPID',
  'BUSERROR',
  'X_FOO',
  'ready',
  'READY ',
  '__proto__',
  'constructor',
];
const values = [
  '1',
  '0',
  '',
  'text',
  'a=b',
  '-1',
  '2147483647',
  '2147483648',
  '18446744073709551615',
  '18446744073709551616',
  '1e3',
  ' 1',
  'ä',
  '1\r',
];

function line(random: Seeded): string {
  if (random.chance(0.1)) return random.pick(['', '\r', '\r\r']);
  if (random.chance(0.02)) return random.pick(['garbage', '=', '=1', ' ', 'READY']);
  return `${random.pick(keys)}=${random.pick(values)}${random.chance(0.1) ? '\r' : ''}`;
}

/** Each key on its own, by the words of the specification. */
function expected(text: string): Record<string, unknown> | null {
  const result: Record<string, unknown> = {};
  for (const raw of text.split('\n')) {
    const whole = raw.replace(/\r$/, '');
    if (whole === '') continue;
    const [, key, value] = /^([^=]+)=(.*)$/s.exec(whole) ?? [];
    if (key === undefined || value === undefined) return null;
    const integer = /^-?\d{1,20}$/.test(value) ? BigInt(value) : null;
    const int32 = integer !== null && integer >= -2147483648n && integer <= 2147483647n ? Number(integer) : null;
    const uint64 = integer !== null && integer >= 0n && integer < 2n ** 64n ? integer : null;
    if (key === 'READY' && value === '1') result['ready'] = true;
    if (key === 'RELOADING' && value === '1') result['reloading'] = true;
    if (key === 'STOPPING' && value === '1') result['stopping'] = true;
    if (key === 'WATCHDOG' && value === '1') result['watchdog'] = true;
    if (key === 'FDSTORE' && value === '1') result['fdStore'] = true;
    if (key === 'FDSTOREREMOVE' && value === '1') result['fdStoreRemove'] = true;
    if (key === 'FDPOLL' && value === '0') result['fdPollOff'] = true;
    if (key === 'BARRIER' && value === '1') result['barrier'] = true;
    if (key === 'STATUS') result['status'] = value;
    if (key === 'FDNAME') result['fdName'] = value;
    if (key === 'ERRNO' && int32 !== null) result['errno'] = int32;
    if (key === 'EXIT_STATUS' && int32 !== null) result['exitStatus'] = int32;
    if (key === 'WATCHDOG_USEC' && uint64 !== null) result['watchdogUsec'] = uint64;
    if (key === 'EXTEND_TIMEOUT_USEC' && uint64 !== null) result['extendTimeoutUsec'] = uint64;
  }
  return result;
}

const asText = (value: object): string =>
  JSON.stringify(
    Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)),
    (_name, member) => (typeof member === 'bigint' ? `${member}n` : member),
  );

t.test('NTF-002 NTF-021 WIRE-040 random datagrams are read by their keys, or void as a whole', async (t) => {
  const random = seeded();
  t.comment(`seed ${random.seed}`);
  let voided = 0;
  for (let round = 0; round < rounds; round++) {
    const text = Array.from({ length: random.below(8) }, () => line(random)).join('\n');
    const decoded = decodeNotification(Buffer.from(text));
    const wanted = expected(text);
    const where = `seed ${random.seed}, round ${round}: ${JSON.stringify(text)}`;
    if (decoded.kind === 'void') voided++;
    if ((decoded.kind === 'void') !== (wanted === null)) t.fail(where);
    else if (decoded.kind === 'notification' && asText(decoded.notification) !== asText(wanted as object))
      t.fail(`${where} was read as ${asText(decoded.notification)}`);
  }
  t.ok(voided > rounds / 50 && voided < rounds / 2, `${voided} were void`);
});

t.test('NTF-021 random bytes never throw, and void the datagram unless they are UTF-8', async (t) => {
  const random = seeded();
  t.comment(`seed ${random.seed}`);
  const wrong: string[] = [];
  for (let round = 0; round < rounds; round++) {
    const bytes = Uint8Array.from({ length: random.below(40) }, () =>
      random.chance(0.2) ? random.pick([0x3d, 0x0a, 0x0d]) : random.below(256),
    );
    const decoded = decodeNotification(bytes);
    let utf8 = true;
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    } catch {
      utf8 = false;
    }
    if (!utf8 && decoded.kind !== 'void') wrong.push(`round ${round}: ${[...bytes].join(' ')}`);
  }
  t.strictSame(wrong, [], `PEINIT_SEED=${random.seed}`);
});
