/** A flag makes the server break one rule, and is made of what happens to lines on their way. */
import type { SocketKind } from '../../../gen/conformance/types.ts';
import type { JsonObject } from '../json.ts';
import { isObject, parseJson, printJson } from '../json.ts';
import type { Link } from './link.ts';

export interface Flag {
  readonly name: string;
  /** What the server does, which no server may. */
  readonly rule: string;
  /** Patterns of the cases that are about the rule. */
  readonly cases: readonly string[];
  readonly socket: SocketKind;
  /** Lines that go on in place of one that a client has sent, without their ends. */
  readonly request?: (line: Buffer, link: Link) => readonly (Buffer | string)[];
  /** What arrives in one piece is taken for a line. */
  readonly pieces?: true;
  /** Lines that go on in place of one of the server; `asked` is what it answers, null where nobody asked. */
  readonly line?: (text: string, asked: JsonObject | null, link: Link) => readonly string[];
  /** When the server hangs up the client is not told, and goes on with another connection. */
  readonly holds?: true;
  /** Whoever connects is taken for the one who runs the server. */
  readonly trusts?: true;
}

type Parts = Omit<Flag, 'name' | 'rule' | 'cases' | 'socket'>;

export const flag =
  (socket: SocketKind) =>
  (name: string, rule: string, cases: readonly string[], parts: Parts): Flag => ({
    name,
    rule,
    cases,
    socket,
    ...parts,
  });

/** An answer, a refusal or a pushed line in another form; null: it is left out. */
type Change = (line: JsonObject, asked: JsonObject) => JsonObject | readonly JsonObject[] | null;

const many = (changed: ReturnType<Change>): readonly JsonObject[] =>
  changed === null ? [] : Array.isArray(changed) ? changed : [changed as JsonObject];

function lines(applies: (line: JsonObject, asked: JsonObject | null) => boolean, change: Change): Parts {
  return {
    line(text, asked) {
      const line = objectOf(text);
      if (line === null || !applies(line, asked)) return [text];
      return many(change(line, asked ?? {})).map((changed) => printJson(changed));
    },
  };
}

export function objectOf(text: string): JsonObject | null {
  try {
    const value = parseJson(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

const nameOf = (asked: JsonObject | null): unknown => asked?.['command'] ?? asked?.['op'];

/** Good answers to those commands; to all where none is named. */
export const answers = (commands: readonly string[], change: Change): Parts =>
  lines(
    (line, asked) => asked !== null && line['status'] === 'ok' && (commands.length === 0 || commands.includes(String(nameOf(asked)))),
    change,
  );

/** Refusals of those commands. */
export const refusals = (commands: readonly string[], change: Change): Parts =>
  lines(
    (line, asked) => asked !== null && line['status'] !== 'ok' && (commands.length === 0 || commands.includes(String(nameOf(asked)))),
    change,
  );

/** Lines that nobody asked for. */
export const pushed = (change: Change): Parts => lines((_line, asked) => asked === null, change);

/** Requests; null: they never arrive. What is no object goes on as it is. */
export const requests = (change: (request: JsonObject, link: Link) => JsonObject | null): Parts => ({
  request(line, link) {
    const asked = objectOf(line.toString('utf8'));
    if (asked === null) return [line];
    const changed = change(asked, link);
    return changed === null ? [] : [printJson(changed)];
  },
});

/** Requests as text. */
export const texts = (change: (text: string, link: Link) => string | null): Parts => ({
  request(line, link) {
    const text = line.toString('utf8');
    const changed = change(text, link);
    return changed === null ? [] : [changed === text ? line : changed];
  },
});

/** The object with another value of a member, wherever it stands. */
export function everywhere(line: JsonObject, change: (name: string, value: unknown) => unknown): JsonObject {
  const walk = (name: string, value: unknown): unknown => {
    const changed = change(name, value);
    if (changed !== value) return changed;
    if (Array.isArray(value)) return value.map((inner) => walk(name, inner));
    if (isObject(value)) return object(value);
    return value;
  };
  const object = (value: JsonObject): JsonObject =>
    Object.fromEntries(
      Object.entries(value).flatMap(([name, inner]) => {
        const changed = walk(name, inner);
        return changed === undefined ? [] : [[name, changed]];
      }),
    ) as JsonObject;
  return object(line);
}

export const without = (line: JsonObject, ...names: readonly string[]): JsonObject =>
  Object.fromEntries(Object.entries(line).filter(([name]) => !names.includes(name)));

/** A refusal in the words of this server. */
export const refusal = (code: string, message = 'the server says so'): JsonObject => ({ status: 'error', code, message });
