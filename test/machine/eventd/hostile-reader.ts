/**
 * Asks eventd what nobody should, as whoever runs it, inside a machine: `node hostile-reader.ts JOB` says as JSON what each question was
 * answered with, codes of errors or how many entries. JOB is of a service that may not be read.
 */
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { eventdSocketPath } from '../../../clients/typescript/eventd.ts';

const [job = ''] = process.argv.slice(2);

interface Answer {
  readonly id: number;
  readonly status: string;
  readonly code?: string;
  readonly entries?: readonly { readonly service?: string }[];
  readonly more?: boolean;
}

/** A connection that minds nothing; null: it was not made. */
const open = (): Promise<Socket | null> =>
  new Promise((resolve) => {
    const socket = connect(eventdSocketPath);
    socket.once('connect', () => resolve(socket)).once('error', () => resolve(null));
    socket.on('error', () => undefined);
  });

/** Lines that come for what is sent, until `enough` or the end. */
async function exchange(bytes: string | Buffer, enough: (answers: readonly Answer[]) => boolean): Promise<readonly Answer[]> {
  const socket = await open();
  if (socket === null) return [];
  const answers: Answer[] = [];
  let partial = '';
  await new Promise<void>((resolve) => {
    socket.setEncoding('utf8').on('data', (text: string) => {
      const lines = (partial + text).split('\n');
      partial = lines.pop() ?? '';
      answers.push(...lines.map((line) => JSON.parse(line) as Answer));
      if (enough(answers)) resolve();
    });
    socket.on('close', () => resolve());
    socket.write(bytes);
  });
  socket.destroy();
  return answers;
}

const isOver = (answers: readonly Answer[]): boolean => answers.at(-1)?.more !== true;

/** Codes, or of which services entries came. */
async function ask(line: string | Buffer): Promise<string> {
  const answers = await exchange(typeof line === 'string' ? `${line}\n` : line, isOver);
  const failed = answers.find(({ status }) => status === 'error');
  if (failed !== undefined) return failed.code ?? '';
  return answers.length === 0
    ? 'closed'
    : [...new Set(answers.flatMap(({ entries = [] }) => entries.map(({ service }) => service)))].join();
}

const logs = (members: object): string => JSON.stringify({ op: 'logs', id: 1, ...members });
const events = (members: object): string => JSON.stringify({ op: 'events', id: 1, ...members });
const named = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `no-such-${index}`);

const questions: Readonly<Record<string, string | Buffer>> = {
  'no JSON': 'give me all',
  'nothing but brackets': '['.repeat(60_000),
  'deep lists': `{"op":"logs","id":1,"services":${'['.repeat(30_000)}${']'.repeat(30_000)}}`,
  'no text at all': Buffer.from([0xff, 0xfe, 0x00, 0x0a]),
  'a line without an end': Buffer.alloc(70_000, 'x'),
  'a name twice': '{"op":"logs","id":1,"id":2}',
  'the name of a method': '{"op":"__proto__","id":1}',
  'more than a number holds': logs({ most: 2 ** 53 }),
  'less than none': logs({ most: -1 }),
  'half of one': '{"op":"logs","id":1,"most":0.5}',
  'a time that is none': logs({ since: '2026-13-45T99:99:99.000000000Z' }),
  'the end of time': logs({ since: '9999-12-31T23:59:59.999999999Z' }),
  'before all time': logs({ until: '0000-01-01T00:00:00.000000000Z' }),
  'what is no cursor': logs({ after: '../../etc/passwd' }),
  'a forged cursor': logs({ after: '0000000000000000-zzzzzzzzzz-zzzzzz', follow: false }),
  'thousands of names': logs({ services: named(4_000) }),
  'thousands of jobs': logs({ jobs: named(4_000) }),
  'a text of signs of SQL': logs({ text: "' OR 1=1; DROP TABLE burst; --%_*?[]\\\\\\", ignore_case: true }),
  'a text of zeros': logs({ text: '\0'.repeat(600), ignore_case: true }),
  'a text of half characters': '{"op":"logs","id":1,"text":"\\ud83e","ignore_case":true}',
  'a long text': logs({ text: 'x'.repeat(4_096), ignore_case: true }),
  'too long a text': logs({ text: 'x'.repeat(4_097) }),
  'no such boot': logs({ boot: "' OR 1=1" }),
  'all there is': logs({}),
  'what is secret by its name': logs({ services: ['SECRET'] }),
  'what is secret by its hook': logs({ services: ['secret/ExecStartPre[0]'] }),
  'what is secret among others': logs({ services: ['secret', 'open'] }),
  'what is secret by its job': logs({ jobs: [job] }),
  'what is secret by its text': logs({ text: 'to few' }),
  'all ad-hoc jobs': logs({ services: ['jobs'] }),
  events: events({}),
  'events of many stars': events({ names: ['*'.repeat(127), `${'*s'.repeat(60)}x`] }),
  'events of a service that may be read': events({ services: ['open'] }),
  'to clear all': JSON.stringify({ op: 'clear', id: 1 }),
  'to clear what may be read': JSON.stringify({ op: 'clear', id: 1, of: 'log', services: ['open'] }),
};

const found: Record<string, unknown> = {};
for (const [what, line] of Object.entries(questions)) found[what] = await ask(line);

const followed = await exchange(
  Array.from(
    { length: 20 },
    (_, index) => `${JSON.stringify({ op: 'logs', id: index + 1, follow: true, order: 'newest', most: 0 })}\n`,
  ).join(''),
  ({ length }) => length === 20,
);
found['twenty that follow'] = followed.filter(({ code }) => code === 'BUSY').length;

/** At once; some of them are served, and those that are not are told, or find the door closed. */
const sockets = (await Promise.all(Array.from({ length: 1_000 }, open))).filter((socket) => socket !== null);
for (const socket of sockets) socket.write(`${logs({ follow: true })}\n`);
found['one more after a thousand'] = (await ask(logs({ services: ['open'] }))) !== '';
process.stdout.write(`${JSON.stringify(found)}\n`);
process.stdin.resume().once('end', () => process.exit(0));
