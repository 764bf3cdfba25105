/**
 * The decoder of request lines against JSON.parse: it accepts nothing that JSON.parse refuses, and refuses more only for its own reasons.
 */
import t from 'tap';
import { JsonFault, maxDepth, parseJsonLine } from '../../src/json/parser.ts';
import { createLineReader } from '../../src/wire/line-reader.ts';
import type { Seeded } from '../support/random.ts';
import { seeded } from '../support/random.ts';

const rounds = 30_000;
const names = ['command', 'service', 'wait', 'a', 'b', '__proto__', 'constructor', '', 'ä', '\\u0061', 'x\\ny'];
const texts = ['', 'web', 'start', 'ä😀', '\\ud83d\\ude00', '\\ud800', '\\u0000', '\\"', '\\\\', '\\/', 'x'.repeat(300), '\ufffd', ' '];
const numbers = [
  '0',
  '-0',
  '1',
  '-17',
  '3.25',
  '1e3',
  '-2E-2',
  '9007199254740993',
  '18446744073709551615',
  '123456789012345678901234',
  '1e999',
];
const space = ['', '', '', ' ', '\t', '\r', '\n  '];

function value(random: Seeded, depth: number): string {
  switch (random.below(depth > 0 ? 8 : 5)) {
    case 0:
      return `"${random.pick(texts)}"`;
    case 1:
      return random.pick(numbers);
    case 2:
      return random.pick(['true', 'false', 'null']);
    case 3:
      return random.chance(0.02) ? '['.repeat(random.below(60)) + ']'.repeat(random.below(60)) : '"plain"';
    case 4:
      return '[]';
    case 5:
      return `[${Array.from({ length: random.below(4) }, () => value(random, depth - 1)).join(`${random.pick(space)},`)}]`;
    default:
      return object(random, depth - 1);
  }
}

function object(random: Seeded, depth: number): string {
  const members = Array.from(
    { length: random.below(5) },
    () =>
      `${random.pick(space)}"${random.pick(names)}"${random.pick(space)}:${random.pick(space)}${value(random, depth)}${random.pick(space)}`,
  );
  return `{${members.join(',')}}`;
}

/** Bytes that were sound, with a few of them changed, taken out or put in. */
function damage(random: Seeded, line: Buffer): Buffer {
  let bytes = Buffer.from(line);
  for (let change = random.below(4); change > 0; change--) {
    const at = random.below(bytes.length + 1);
    const piece = Buffer.from(
      random.pick(['{', '}', '[', ']', '"', ',', ':', '\\', '\\u', 'e', '-', '0', '\ufeff', '\u0001', ' ', 'null']),
    );
    const byte = random.chance(0.3) ? Buffer.of(random.below(256)) : piece;
    bytes = random.chance(0.5)
      ? Buffer.concat([bytes.subarray(0, at), byte, bytes.subarray(at)])
      : Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]);
  }
  return bytes;
}

/** What JSON.parse makes of the bytes; undefined: it refuses them. */
function reference(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return undefined;
  }
}

const withoutBigints = (result: unknown): unknown =>
  JSON.parse(JSON.stringify(result, (_name, member) => (typeof member === 'bigint' ? Number(member) : member)));

/** As JSON text, which shows members called __proto__ as well; infinite numbers are null on both sides. */
const asText = (result: unknown): string => JSON.stringify(withoutBigints(result));

/** Whether a value that JSON.parse has read is one that the decoder may refuse. */
function ownReason(message: string, read: unknown, text: string): boolean {
  if (message.includes('twice')) return true;
  if (message.includes('deeper')) return depthOf(text) > maxDepth;
  if (message.includes('surrogate')) return /\\u[dD][89a-fA-F]/.test(text);
  if (message.includes('not a JSON object')) return typeof read !== 'object' || read === null || Array.isArray(read);
  return false;
}

/** Greatest nesting, brackets in strings not counted. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const character of text.replaceAll(/"(?:[^"\\]|\\.)*"/gs, '""')) {
    if (character === '{' || character === '[') deepest = Math.max(deepest, ++depth);
    if (character === '}' || character === ']') depth--;
  }
  return deepest;
}

/** Members as written, by a reader of its own: whether one object has a name twice. */
function hasTwice(text: string): boolean {
  let twice = false;
  const stack: (Set<string> | null)[] = [];
  const token = /"(?:[^"\\]|\\.)*"|[{}[\]:,]/gs;
  let last = '';
  for (let found = token.exec(text); found !== null; found = token.exec(text)) {
    const [piece] = found;
    const names = stack[stack.length - 1];
    if (piece === '{') stack.push(new Set());
    else if (piece === '[') stack.push(null);
    else if (piece === '}' || piece === ']') stack.pop();
    else if (piece === ':' && names instanceof Set) {
      const name = JSON.parse(last) as string;
      if (names.has(name)) twice = true;
      names.add(name);
    }
    last = piece;
  }
  return twice;
}

t.test('WIRE-018 random lines are read as JSON.parse reads them, or refused for a reason that counts', async (t) => {
  const random = seeded();
  t.comment(`seed ${random.seed}`);
  let accepted = 0;
  let refused = 0;
  for (let round = 0; round < rounds; round++) {
    const sound = Buffer.from(random.chance(0.9) ? object(random, 4) : value(random, 3));
    const bytes = random.chance(0.5) ? sound : damage(random, sound);
    const text = bytes.toString();
    const mine = parseJsonLine(bytes, 0, bytes.length);
    const theirs = reference(bytes);
    const where = `seed ${random.seed}, round ${round}: ${JSON.stringify(text)}`;
    if (mine instanceof JsonFault) {
      refused++;
      if (theirs !== undefined && !ownReason(mine.message, theirs, text)) t.fail(`${where} was refused: ${mine.message}`);
      if (mine.message.includes('twice') && theirs !== undefined && !hasTwice(text)) t.fail(`${where} has no member twice`);
    } else {
      accepted++;
      if (theirs === undefined) t.fail(`${where} was accepted`);
      else if (asText(mine) !== JSON.stringify(theirs)) t.fail(`${where} was read as ${asText(mine)}`);
      if (hasTwice(text)) t.fail(`${where} has a member twice and was accepted`);
      if (depthOf(text) > maxDepth) t.fail(`${where} is too deep and was accepted`);
    }
  }
  t.ok(accepted > rounds / 10, `${accepted} accepted`);
  t.ok(refused > rounds / 10, `${refused} refused`);
});

t.test('CTL-002 CTL-011 random lines cut at random places come out of the reader unchanged', async (t) => {
  const random = seeded();
  t.comment(`seed ${random.seed}`);
  const wrong: string[] = [];
  for (let round = 0; round < 300; round++) {
    const limit = 1 + random.below(200);
    const wanted = Array.from({ length: random.below(40) }, () => 'z'.repeat(random.chance(0.03) ? limit + 1 : random.below(limit + 1)));
    const stream = Buffer.from(wanted.map((line) => `${line}\n`).join(''));
    const reader = createLineReader(limit);
    const shared = Buffer.alloc(300);
    const lines: string[] = [];
    let tooLong = false;
    for (let at = 0; at < stream.length && !tooLong; ) {
      const length = Math.min(1 + random.below(random.chance(0.5) ? 3 : 300), stream.length - at);
      stream.copy(shared, 0, at, at + length);
      at += length;
      reader.push(shared, length);
      for (let found = reader.next(); found !== 'more'; found = reader.next()) {
        tooLong = found === 'too-long';
        if (tooLong) break;
        lines.push(reader.bytes.toString('latin1', reader.start, reader.end));
        if (random.chance(0.2)) {
          reader.keep();
          shared.fill(0x0a);
        }
      }
      reader.keep();
      if (reader.bytes.length > limit + 300) wrong.push(`round ${round}: ${reader.bytes.length} bytes are held at a limit of ${limit}`);
    }
    const first = wanted.findIndex((line) => line.length > limit);
    const expected = first < 0 ? wanted : wanted.slice(0, first);
    if (tooLong !== first >= 0 || lines.join() !== expected.join()) wrong.push(`round ${round}: lines differ`);
  }
  t.strictSame(wrong, [], `PEINIT_SEED=${random.seed}`);
});
