import { describeErrno, errno } from '../kernel/errno.ts';
import { fileLimit, parseFileAnswer, readArguments } from '../kernel/helper-protocol.ts';
import type { EnvironmentSources, RequestToken } from '../policy/effects.ts';
import type { TokenDone } from '../policy/events.ts';
import { accountOf, accountVariables, parseEnvironmentFile } from './environment-file.ts';
import type { Helper } from './helper.ts';
import type { Identities } from './identities.ts';

/**
 * What is read for a process before it is made: its EnvironmentFile and its account, by the helper program, for either may lie where a read
 * hangs. It belongs to what a process is granted: the token is asked for when it is there. O-28, O-46.
 */
export interface ProcessEnvironments {
  /** Reads, then asks for the token. */
  request(effect: RequestToken): void;
  cancel(job: string): void;
  /** The answer to a request for a token, on its way to the policy. */
  answered(event: TokenDone): void;
  /** What was read for that process, later entries win; it is handed out once. */
  take(job: string): readonly string[];
}

export interface ProcessEnvironmentsParts {
  readonly helper: Pick<Helper, 'run'>;
  readonly identities: Pick<Identities, 'request' | 'cancel'>;
  readonly post: (event: TokenDone) => void;
}

const timeoutMs = 5000;
const accounts = '/etc/passwd';

type Read = { readonly ok: true; readonly entries: readonly string[] } | { readonly ok: false; readonly message: string };

export function createProcessEnvironments({ helper, identities, post }: ProcessEnvironmentsParts): ProcessEnvironments {
  const read = new Map<string, readonly string[]>();
  const running = new Map<string, () => void>();

  function finish(effect: RequestToken, result: Read): void {
    running.delete(effect.job);
    if (!result.ok) return post({ kind: 'token-done', job: effect.job, outcome: { ok: false, message: result.message } });
    read.set(effect.job, result.entries);
    identities.request(effect);
  }

  /** One file after the other: both are rare, and few processes have both. */
  function readFile(job: string, path: string, done: (answer: FileAnswer) => void): void {
    const cancel = helper.run(readArguments(path), timeoutMs, (result) => {
      if (result.kind === 'failed') return done({ kind: 'failed', why: result.message });
      if (result.kind === 'timed-out') return done({ kind: 'failed', why: `it could not be read within ${timeoutMs / 1000} s` });
      const answer = parseFileAnswer(result.output);
      if (answer === null) return done({ kind: 'failed', why: 'the helper program did not answer' });
      done(typeof answer === 'number' ? { kind: 'errno', errno: answer } : { kind: 'read', ...answer });
    });
    running.set(job, cancel);
  }

  function readAll(effect: RequestToken, { account, file }: EnvironmentSources): void {
    const withFile = (entries: readonly string[]): void => {
      if (file === null) return finish(effect, { ok: true, entries });
      readFile(effect.job, file.path, (answer) => {
        const found = entriesOf(file, answer);
        finish(effect, found.ok ? { ok: true, entries: [...entries, ...found.entries] } : found);
      });
    };
    if (!account) return withFile([]);
    readFile(effect.job, accounts, (answer) => withFile(ownAccount(answer)));
  }

  return {
    request(effect) {
      if (effect.reads === undefined) identities.request(effect);
      else readAll(effect, effect.reads);
    },
    cancel(job) {
      running.get(job)?.();
      running.delete(job);
      read.delete(job);
      identities.cancel(job);
    },
    answered(event) {
      if (!event.outcome.ok) read.delete(event.job);
      post(event);
    },
    take(job) {
      const entries = read.get(job) ?? [];
      read.delete(job);
      return entries;
    },
  };
}

type FileAnswer =
  | { readonly kind: 'read'; readonly bytes: Uint8Array; readonly whole: boolean }
  | { readonly kind: 'errno'; readonly errno: number }
  | { readonly kind: 'failed'; readonly why: string };

function entriesOf({ path, required }: NonNullable<EnvironmentSources['file']>, answer: FileAnswer): Read {
  const failed = (why: string): Read => ({ ok: false, message: `its EnvironmentFile ${path} ${why}` });
  if (answer.kind === 'failed') return failed(`was not read: ${answer.why}`);
  if (answer.kind === 'errno') {
    if (answer.errno !== errno.ENOENT) return failed(`cannot be read: ${describeErrno(answer.errno)}`);
    return required ? failed(`is not there; make it, or write -${path} if it may be missing`) : { ok: true, entries: [] };
  }
  if (!answer.whole) return failed(`has more than ${fileLimit} bytes`);
  const parsed = parseEnvironmentFile(answer.bytes);
  return parsed.ok ? parsed : failed(`${parsed.what}; correct it`);
}

/** Of SYSTEM, the only identity that there is so far: root, also on a machine that does not name it. */
function ownAccount(answer: FileAnswer): readonly string[] {
  const found = answer.kind === 'read' ? accountVariables(new TextDecoder().decode(answer.bytes), 0) : null;
  return found ?? accountOf('root', '/root', '/bin/sh');
}
