/**
 * Tokens where the daemons of this machine find them: a file for each living token, named by its tag, and one about the machine. Written
 * before the first process of a token is made, removed when the token is dead; only root may read. decisions: Tokens for daemons.
 */
import type { Files } from '../../../kernel/kernel.ts';
import type { Token } from '../../../security/token.ts';
import type { TokenSpec } from '../../../security/token-spec.ts';
import { tokenSpec } from '../../../security/token-spec.ts';
import type { KnownToken } from './peer.ts';
import { summaryOf } from './summary.ts';

export const tokenDirectory = '/run/peinit/tokens';
export const tokenPath = (tag: number): string => `${tokenDirectory}/${tag}`;
export const machinePath = `${tokenDirectory}/machine`;

const maxBytes = 256 * 1024;

/** What peers need to be told by. */
export interface MachineMarks {
  /** First and last group that is the mark of a token; null: there are none. */
  readonly tags: { readonly first: number; readonly last: number } | null;
  readonly rootIsSystem: boolean;
}

/** Privileges are decimal numbers, for JSON has no whole numbers of that size. */
export function formatToken({ id, spec, summary }: KnownToken): string {
  const { token, uid, gid, supplementary, source } = spec;
  const privilegesPresent = String(token.privilegesPresent);
  const privilegesEnabled = String(token.privilegesEnabled);
  const name = summary.user_name;
  return `${JSON.stringify({ id, name, uid, gid, supplementary, source, token: { ...token, privilegesPresent, privilegesEnabled } })}\n`;
}

export const formatMarks = (marks: MachineMarks): string => `${JSON.stringify(marks)}\n`;

/** What peinit wrote: it is trusted, and wrote it whole. */
interface TokenFile extends Pick<TokenSpec, 'uid' | 'gid' | 'supplementary' | 'source'> {
  readonly id: string;
  readonly name: string | null;
  readonly token: Omit<Token, 'privilegesPresent' | 'privilegesEnabled'> & { privilegesPresent: string; privilegesEnabled: string };
}

/** The living token with that tag; null: there is none, or its file cannot be read. For a process that is not peinit. */
export function readToken(kernel: Pick<Files, 'readFile'>, tag: number): KnownToken | null {
  return readJson(kernel, tokenPath(tag), ({ id, name, token: written, ...ids }: TokenFile) => {
    const privilegesPresent = BigInt(written.privilegesPresent);
    const token: Token = { ...written, privilegesPresent, privilegesEnabled: BigInt(written.privilegesEnabled) };
    return { id, spec: tokenSpec({ ...ids, token }), summary: summaryOf(token, id, name) };
  });
}

/** What peinit wrote down of the machine; null: it cannot be read. */
export const readMarks = (kernel: Pick<Files, 'readFile'>): MachineMarks | null =>
  readJson(kernel, machinePath, (marks: MachineMarks) => marks);

/** Null: it is not there, or not what peinit wrote. */
function readJson<T, R>(kernel: Pick<Files, 'readFile'>, path: string, take: (value: T) => R): R | null {
  const content = kernel.readFile(path, maxBytes);
  if (typeof content === 'number') return null;
  try {
    return take(JSON.parse(new TextDecoder().decode(content)) as T);
  } catch {
    return null;
  }
}
