/** Requests that no honest client sends, against the socket of a real machine: each gets its exact code and the machine goes on. */
import t from 'tap';
import type { Answer } from '../../support/line-client.ts';
import { LineClient } from '../../support/line-client.ts';
import { bootSettled, cannotRun, shell, withServices } from '../../support/machine.ts';

const skip = cannotRun;
const socketPath = '/run/peinit/control.sock';
const registry = withServices({ app: { ...shell('exec sleep 1000'), Readiness: 'Alive' } });
const status = { command: 'status', service: 'app' };

const nested = (depth: number): string => `{"command":"status","service":"app","x":${'['.repeat(depth - 1)}1${']'.repeat(depth - 1)}}`;
const bytes = (...parts: (string | number[])[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))));

/** Line, code, and what the message must tell. */
type Case = readonly [line: string | Buffer, code: string, message: RegExp];

const malformed: readonly Case[] = [
  ['{', 'MALFORMED_REQUEST', /ends too early/],
  ['[]', 'MALFORMED_REQUEST', /not a JSON object/],
  ['"x"', 'MALFORMED_REQUEST', /not a JSON object/],
  ['null', 'MALFORMED_REQUEST', /not a JSON object/],
  ['   ', 'MALFORMED_REQUEST', /not a JSON object/],
  ['{"command":"list"} {}', 'MALFORMED_REQUEST', /character 20/],
  ['{"command":"list",}', 'MALFORMED_REQUEST', /character 19/],
  ["{'command':'list'}", 'MALFORMED_REQUEST', /character 2/],
  ['{"command":"list","x":01}', 'MALFORMED_REQUEST', /character/],
  ['{"command":"list","x":NaN}', 'MALFORMED_REQUEST', /character/],
  ['{"command":"list","x":"a\u0001b"}', 'MALFORMED_REQUEST', /./],
  ['{"command":"list","command":"shutdown"}', 'MALFORMED_REQUEST', /"command" twice/],
  ['{"command":"list","x":{"y":1,"y":2}}', 'MALFORMED_REQUEST', /"y" twice/],
  ['{"command":"list","\\u0063ommand":"shutdown"}', 'MALFORMED_REQUEST', /"command" twice/],
  ['{"command":"list","__proto__":1,"__proto__":2}', 'MALFORMED_REQUEST', /"__proto__" twice/],
  [nested(33), 'MALFORMED_REQUEST', /deeper than 32/],
  [`{"command":"list","x":${'['.repeat(30_000)}`, 'MALFORMED_REQUEST', /deeper than 32/],
  ['{"command":"list","x":"\\ud800"}', 'MALFORMED_REQUEST', /surrogate/],
  [bytes('{"command":"status","service":"', [0xff, 0xfe], '"}'), 'MALFORMED_REQUEST', /UTF-8/],
  [bytes('{"command":"status","service":"', [0xed, 0xa0, 0x80], '"}'), 'MALFORMED_REQUEST', /UTF-8/],
  [bytes([0xef, 0xbb, 0xbf], '{"command":"list"}'), 'MALFORMED_REQUEST', /byte order mark/],
  [bytes([0]), 'MALFORMED_REQUEST', /./],
];

const wrong: readonly Case[] = [
  ['{}', 'INVALID_COMMAND', /"command" is missing/],
  ['{"command":null}', 'INVALID_COMMAND', /"command" must be a string/],
  ['{"command":["list"]}', 'INVALID_COMMAND', /"command" must be a string/],
  ['{"command":"Start","service":"app"}', 'INVALID_COMMAND', /"Start"/],
  ['{"command":"reload_config"}', 'INVALID_COMMAND', /"reload_config"/],
  ['{"command":"__proto__"}', 'INVALID_COMMAND', /"__proto__"/],
  ['{"command":"constructor","service":"app"}', 'INVALID_COMMAND', /"constructor"/],
  ['{"command":"toString"}', 'INVALID_COMMAND', /"toString"/],
  ['{"command":"list\\u0000"}', 'INVALID_COMMAND', /./],
  ['{"command":"status"}', 'INVALID_ARGUMENTS', /"service".*missing/],
  ['{"command":"status","service":null}', 'INVALID_ARGUMENTS', /"service".*null/],
  ['{"command":"status","service":{"a":1}}', 'INVALID_ARGUMENTS', /"service".*an object/],
  ['{"command":"start","service":1,"wait":1}', 'INVALID_ARGUMENTS', /"wait"/],
  ['{"command":"start","service":"app","wait":"true"}', 'INVALID_ARGUMENTS', /"wait"/],
  ['{"command":"start","service":"app","wait":null}', 'INVALID_ARGUMENTS', /"wait"/],
  ['{"command":"reset","service":"app","wait":0}', 'INVALID_ARGUMENTS', /"wait"/],
  ['{"command":"machine-status","wait":"yes"}', 'INVALID_ARGUMENTS', /"wait"/],
  ['{"command":"shutdown"}', 'INVALID_ARGUMENTS', /"type".*missing/],
  ['{"command":"shutdown","type":"Poweroff"}', 'INVALID_ARGUMENTS', /"type".*"Poweroff"/],
  ['{"command":"shutdown","type":["poweroff"]}', 'INVALID_ARGUMENTS', /"type".*a list/],
  ['{"command":"operation-status"}', 'INVALID_ARGUMENTS', /"operation_id".*missing/],
  ['{"command":"operation-status","operation_id":"x"}', 'INVALID_ARGUMENTS', /"operation_id".*"x"/],
  ['{"command":"operation-status","operation_id":7}', 'INVALID_ARGUMENTS', /"operation_id".*7/],
  ['{"command":"operation-status","operation_id":"01890a5d-ac96-774b-bcce-b302099a8057"}', 'UNKNOWN_OPERATION', /01890a5d/],
  ['{"command":"subscribe","events":"*"}', 'INVALID_ARGUMENTS', /"events"/],
  ['{"command":"subscribe","since":-1}', 'INVALID_ARGUMENTS', /"since"/],
  ['{"command":"status","service":""}', 'UNKNOWN_SERVICE', /""/],
  ['{"command":"status","service":"../../etc"}', 'UNKNOWN_SERVICE', /etc/],
  ['{"command":"status","service":"__proto__"}', 'UNKNOWN_SERVICE', /__proto__/],
  ['{"command":"status","service":"приложение"}', 'UNKNOWN_SERVICE', /приложение/],
  ['{"command":"status","service":"\\u0000"}', 'UNKNOWN_SERVICE', /./],
  [`{"command":"status","service":"${'x'.repeat(60_000)}"}`, 'UNKNOWN_SERVICE', /xxx/],
];

t.test(
  'CTL-015 CTL-019 WIRE-001 WIRE-003 WIRE-018 WIRE-020 WIRE-021 WIRE-026 each bad line gets its code and a message naming what is wrong',
  { skip },
  async (t) => {
    const machine = await bootSettled(t, { registry });
    const client = await LineClient.open(machine.path(socketPath));
    t.teardown(() => client.close());
    for (const [line, code, message] of [...malformed, ...wrong]) {
      const shown = JSON.stringify(line.toString('latin1').slice(0, 60)).replace(/[^ -~]/g, '?');
      const answer = await client.ask(line as string);
      t.equal(answer['code'], code, shown);
      t.match(answer['message'], message, shown);
      t.strictSame(Object.keys(answer), ['status', 'code', 'message'], 'three members');
      t.ok(answer['message'].length < 1000, 'the message does not repeat what was sent at length');
    }
    t.equal((await client.ask(nested(32))).status, 'ok', '32 levels are fine');
    t.equal((await client.ask({ ...status, __proto__x: { pad: [1, 2] } })).state, 'inactive', 'unknown members change nothing');
    t.equal((await client.ask({ command: 'status', service: 'APP' })).service, 'app', 'the connection is still there');
    t.notMatch(machine.console(), /error:/, 'nothing went wrong inside');
  },
);

t.test('CTL-011 WIRE-019 the longest line is served, one byte more is refused and ends the connection', { skip }, async (t) => {
  const machine = await bootSettled(t, { registry });
  const padded = (length: number): string => {
    const base = JSON.stringify({ ...status, pad: '' });
    return JSON.stringify({ ...status, pad: 'p'.repeat(length - base.length) });
  };
  const served = await LineClient.open(machine.path(socketPath));
  t.teardown(() => served.close());
  t.equal((await served.ask(padded(65_536))).status, 'ok');
  served.send(padded(65_536), padded(65_536), status);
  for (let count = 0; count < 3; count++) t.equal((await served.answer()).status, 'ok');
  served.send(padded(65_537), status);
  t.equal((await served.answer()).code, 'REQUEST_TOO_LARGE');
  t.equal(await served.end(), '', 'what follows is not answered');

  const endless = await LineClient.open(machine.path(socketPath));
  t.teardown(() => endless.close());
  endless.raw(Buffer.alloc(65_537, 0x20));
  t.equal((await endless.answer()).code, 'REQUEST_TOO_LARGE', 'also while no newline has come');
  t.equal(await endless.end(), '');
});

t.test('CTL-015 an empty line, also behind others, ends the connection after their answers', { skip }, async (t) => {
  const machine = await bootSettled(t, { registry });
  const client = await LineClient.open(machine.path(socketPath));
  t.teardown(() => client.close());
  client.send(status, status, '', status);
  t.equal((await client.answer()).status, 'ok');
  t.equal((await client.answer()).status, 'ok');
  t.equal((await client.answer()).code, 'MALFORMED_REQUEST');
  t.equal(await client.end(), '');
});

t.test('CTL-016 WIRE-038 bytes one by one, and a thousand lines in one write, are answered in order', { skip }, async (t) => {
  const machine = await bootSettled(t, { registry });
  const client = await LineClient.open(machine.path(socketPath));
  t.teardown(() => client.close());
  await client.bytewise(`${JSON.stringify({ ...status, pad: 'ü€😀' })}\n{"command":"list"}\n`);
  t.equal((await client.answer()).service, 'app');
  t.ok(Array.isArray((await client.answer())['services']));

  const names = Array.from({ length: 1000 }, (_, index) => `none-${index}`);
  client.send(...names.map((service) => ({ command: 'status', service })));
  for (const name of names) {
    const answer: Answer = await client.answer();
    if (answer.code !== 'UNKNOWN_SERVICE' || !String(answer['message']).includes(`"${name}"`))
      t.fail(`not the answer for ${name}: ${JSON.stringify(answer)}`);
  }
  t.equal((await client.ask(status)).status, 'ok');
});
