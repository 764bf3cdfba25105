/**
 * What each socket adds to requests and answers, written down by hand from the specification: how a request names its command, what relates
 * an answer to it, and how good answers and refusals are told apart.
 */
import type { SocketKind } from '../../../gen/conformance/types.ts';
import type { Json, JsonObject } from '../json.ts';
import { isCompact, isObject, parseJson } from '../json.ts';

export interface Framing {
  /** Member that names the command; null: there is one command alone. */
  readonly command: string | null;
  /** Member with the number of the request; null: answers come in order. */
  readonly id: string | null;
  /** Member of a refusal that has its code. */
  readonly code: string;
  /** Value of `status` in a refusal; undefined: it has none. */
  readonly refusal: string | undefined;
}

export const framings: Readonly<Record<SocketKind, Framing>> = {
  control: { command: 'command', id: null, code: 'code', refusal: 'error' },
  registry: { command: 'op', id: 'id', code: 'error', refusal: undefined },
  query: { command: 'op', id: 'id', code: 'code', refusal: 'error' },
  jobs: { command: null, id: null, code: 'code', refusal: 'error' },
};

/** A line that answers a request, or one that nobody asked for. */
export type Told =
  | { readonly kind: 'answer'; readonly id: number | null; readonly answer: JsonObject }
  | { readonly kind: 'error'; readonly id: number | null; readonly error: JsonObject }
  | { readonly kind: 'other'; readonly line: JsonObject }
  | { readonly kind: 'broken'; readonly why: string };

/** The line in its parts. What it says first is whose answer it is and how it went, and it has no blanks that are not in a text. */
export function readLine(text: string, { id: correlation, code, refusal }: Framing): Told {
  const broken = (why: string): Told => ({ kind: 'broken', why: `${why}: ${text.slice(0, 300)}` });
  let line: Json;
  try {
    line = parseJson(text);
  } catch {
    return broken('the line is not JSON');
  }
  if (!isObject(line)) return broken('the line is no object');
  if (!isCompact(text)) return broken('the line has blanks outside of its texts');
  const { [correlation ?? '']: number, ...members } = line;
  if (correlation !== null && typeof number !== 'number') return { kind: 'other', line };
  const id = typeof number === 'number' ? number : null;
  const { status, ...rest } = members;
  if (status !== 'ok' && (status !== refusal || typeof rest[code] !== 'string')) return { kind: 'other', line };
  if (status !== undefined && Object.keys(members)[0] !== 'status') return broken('the line does not begin with status');
  if (status === 'ok') return { kind: 'answer', id, answer: rest };
  const { [code]: name = null, ...others } = rest;
  return { kind: 'error', id, error: { code: name, ...others } };
}
