/**
 * Tokens where the daemons of this machine find them: a file for each living token, named by its tag, and one about the machine. Written
 * before the first process of a token is made, removed when the token is dead; only root may read. decisions: Tokens for daemons.
 */
import type { TokenSummary } from '../../../../gen/service/types.ts';
import type { Files } from '../../../kernel/kernel.ts';
import { decodeTokenSpec, encodeTokenSpec } from '../../../security/token-spec.ts';
import type { KnownToken } from './peer.ts';

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

export const formatToken = ({ id, spec, summary }: KnownToken): string =>
  `${JSON.stringify({ id, summary, uid: spec.uid, gid: spec.gid, token: Buffer.from(encodeTokenSpec(spec)).toString('base64') })}\n`;

export const formatMarks = (marks: MachineMarks): string => `${JSON.stringify(marks)}\n`;

/** The living token with that tag; null: there is none, or its file cannot be read. For a process that is not peinit. */
export function readToken(kernel: Pick<Files, 'readFile'>, tag: number): KnownToken | null {
  const file = readJson(kernel, tokenPath(tag));
  if (file === null || typeof file.id !== 'string' || typeof file.token !== 'string') return null;
  const spec = decodeTokenSpec(Buffer.from(file.token, 'base64'));
  return 'malformed' in spec ? null : { id: file.id, spec, summary: file.summary as TokenSummary };
}

/** What peinit wrote down of the machine; null: it cannot be read. */
export function readMarks(kernel: Pick<Files, 'readFile'>): MachineMarks | null {
  return readJson(kernel, machinePath) as MachineMarks | null;
}

/** peinit is trusted and wrote it whole; what is no object is as good as not there. */
function readJson(kernel: Pick<Files, 'readFile'>, path: string): { readonly [member: string]: unknown } | null {
  const content = kernel.readFile(path, maxBytes);
  if (typeof content === 'number') return null;
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(content));
    return typeof value === 'object' && value !== null ? (value as { readonly [member: string]: unknown }) : null;
  } catch {
    return null;
  }
}
