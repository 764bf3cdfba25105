import { describeErrno, errno } from '../kernel/errno.ts';
import { fileLimit, parseFileAnswer, readArguments } from '../kernel/helper-protocol.ts';
import type { Identities, TokenOutcome } from '../platform/identity.ts';
import type { EnvironmentSources, RequestToken } from '../policy/effects.ts';
import type { TokenDone } from '../policy/events.ts';
import { accountOf, accountVariables, parseEnvironmentFile } from './environment-file.ts';
import type { Helper } from './helper.ts';

/**
 * What is read for a process before it is made, by the helper program, for it may lie where a read hangs: its EnvironmentFile before its
 * token is asked for, its account after it was granted. O-28, O-46.
 */
export interface ProcessEnvironments {
  /** Reads, then asks for the token. */
  request(effect: RequestToken): void;
  cancel(job: string): void;
  /** The answer to a request for a token, on its way to the policy. */
  answered(job: string, outcome: TokenOutcome): void;
  /** What was read for that process, later entries win; it is handed out once. */
  take(job: string): readonly string[];
}

export interface ProcessEnvironmentsParts {
  readonly helper: Pick<Helper, 'run'>;
  readonly identities: Pick<Identities, 'request' | 'cancel' | 'drop'>;
  readonly post: (event: TokenDone) => void;
}

const timeoutMs = 5000;
const accounts = '/etc/passwd';

type Read = { readonly ok: true; readonly entries: readonly string[] } | { readonly ok: false; readonly message: string };

export function createProcessEnvironments({ helper, identities, post }: ProcessEnvironmentsParts): ProcessEnvironments {
  const read = new Map<string, readonly string[]>();
  const running = new Map<string, () => void>();
  /** Processes that are to have the variables of their account. */
  const withAccount = new Set<string>();

  function refuse(job: string, message: string): void {
    forget(job);
    post({ kind: 'token-done', job, outcome: { ok: false, message } });
  }

  function forget(job: string): void {
    running.delete(job);
    read.delete(job);
    withAccount.delete(job);
  }

  function readFile(job: string, path: string, done: (answer: FileAnswer) => void): void {
    const cancel = helper.run(readArguments(path), timeoutMs, (result) => {
      running.delete(job);
      if (result.kind === 'failed') return done({ kind: 'failed', why: result.message });
      if (result.kind === 'timed-out') return done({ kind: 'failed', why: `it could not be read within ${timeoutMs / 1000} s` });
      const answer = parseFileAnswer(result.output);
      if (answer === null) return done({ kind: 'failed', why: 'the helper program did not answer' });
      done(typeof answer === 'number' ? { kind: 'errno', errno: answer } : { kind: 'read', ...answer });
    });
    running.set(job, cancel);
  }

  /** The account comes below the file. */
  function granted(job: string, { token, facts, account }: TokenOutcome & { readonly ok: true }): void {
    const done = (entries: readonly string[]): void => {
      if (entries.length > 0) read.set(job, [...entries, ...(read.get(job) ?? [])]);
      post({ kind: 'token-done', job, outcome: { ok: true, token, facts } });
    };
    if (!withAccount.delete(job)) return done([]);
    if (account !== null) return done(accountOf(account));
    readFile(job, accounts, (answer) => done(accountIn(answer, facts.uid)));
    const stop = running.get(job);
    if (stop === undefined) return;
    running.set(job, () => {
      stop();
      identities.drop(token);
    });
  }

  return {
    request(effect) {
      const { job, reads } = effect;
      if (reads?.account === true) withAccount.add(job);
      const file = reads?.file ?? null;
      if (file === null) return identities.request(effect);
      readFile(job, file.path, (answer) => {
        const found = entriesOf(file, answer);
        if (!found.ok) return refuse(job, found.message);
        read.set(job, found.entries);
        identities.request(effect);
      });
    },
    cancel(job) {
      running.get(job)?.();
      forget(job);
      identities.cancel(job);
    },
    answered(job, outcome) {
      if (outcome.ok) granted(job, outcome);
      else refuse(job, outcome.message);
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

/** Of that user id; root is root also on a machine that does not name it. */
function accountIn(answer: FileAnswer, uid: number): readonly string[] {
  const found = answer.kind === 'read' ? accountVariables(new TextDecoder().decode(answer.bytes), uid) : null;
  if (found !== null) return found;
  return uid === 0 ? accountOf({ name: 'root', home: '/root', shell: '/bin/sh' }) : [];
}
