/** The golden lines of the protocol, read as the package reads them. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { checkedReading } from '../../../clients/typescript/checked-reading.ts';
import { controlSocket, jobsSocket, querySocket, registrySocket } from '../../../clients/typescript/generated/shapes.ts';
import { formatJson } from '../../../clients/typescript/json.ts';

const golden = join(import.meta.dirname, '../../../gen/golden');
const sockets = { control: controlSocket, output: querySocket, registry: registrySocket, jobs: jobsSocket };

const linesOf = (file: string): readonly string[] =>
  existsSync(join(golden, file))
    ? readFileSync(join(golden, file), 'utf8')
        .split('\n')
        .filter((line) => line !== '')
    : [];

for (const [folder, socket] of Object.entries(sockets))
  t.test(`golden lines of ${folder} are read without loss, and not without what they must have`, async (t) => {
    const reading = checkedReading(socket);
    let read = 0;
    for (const [command, { kind, pushed }] of Object.entries(socket.exchanges)) {
      const answers = linesOf(`${folder}/${command}.${kind === 'lines' ? 'line' : 'answer'}.jsonl`);
      for (const line of answers) {
        const parsed = reading.parse(line);
        const answer = reading.answer(command, parsed) as Readonly<Record<string, unknown>>;
        const framing = kind === 'lines' ? [] : socket.framing.map((name) => [name, parsed?.[name]]);
        t.strictSame(JSON.parse(formatJson({ ...Object.fromEntries(framing), ...answer })), JSON.parse(line), command);
        for (const name of Object.keys(answer)) {
          const { [name]: _, ...rest } = answer;
          t.throws(
            () => reading.answer(command, { ...rest, [name]: name === 'data' ? undefined : Symbol.iterator }),
            `${command} with a ${name} that is nothing`,
          );
        }
        read += 1;
      }
      for (const line of pushed === undefined ? [] : linesOf(`${folder}/${command}.line.jsonl`)) {
        t.strictSame(JSON.parse(formatJson(reading.pushed(command, reading.parse(line)))), JSON.parse(line), command);
        read += 1;
      }
    }
    t.ok(read >= Object.keys(socket.exchanges).length, `${read} lines`);
    for (const line of linesOf(`${folder}/error.jsonl`)) reading.failure('anything', reading.parse(line));
  });

t.test('integers beyond 2^53 are exact, and what looks like one in a text is a text', async (t) => {
  const reading = checkedReading(controlSocket);
  const text = [
    String.raw`{"a":18446744073709551615,"b":[-9223372036854775808,9007199254740991],`,
    String.raw`"c":"18446744073709551615 \"1","d":1e3,"e":0.12345678901234566}`,
  ].join('');
  const read = reading.parse(text);
  t.strictSame(read, {
    a: 18446744073709551615n,
    b: [-9223372036854775808n, 9007199254740991],
    c: '18446744073709551615 "1',
    d: 1000,
    e: 0.12345678901234566,
  });
  t.equal(formatJson(read), text.replace('1e3', '1000'));
});
