import { CancelledError, TimeoutError } from './errors.ts';

/** What each call takes beside its request. */
export interface CallOptions {
  /** The call is rejected with a TimeoutError when there is no answer by then; that of the connection when left out, which may be none. */
  readonly timeoutMs?: number | undefined;
  /** Gives up the call: it is rejected with a CancelledError, and the answer is dropped when it comes. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * What `ask` brings, unless it does not come in time or nobody wants it any more. `ask` is called at once, or not at all when it has been
 * given up before; `leave` is called when its answer is not waited for any longer.
 */
export function limited<Answer>(
  what: string,
  { timeoutMs, signal }: CallOptions,
  ask: () => Promise<Answer>,
  leave: () => void = () => undefined,
): Promise<Answer> {
  if (timeoutMs === undefined && signal === undefined) return ask();
  if (signal?.aborted === true) return Promise.reject(cancelled(what, signal));
  return new Promise((resolve, reject) => {
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    };
    const give = (error: Error): void => {
      end();
      leave();
      reject(error);
    };
    const abort = (): void => give(cancelled(what, signal));
    const timer =
      timeoutMs === undefined
        ? undefined
        : setTimeout(() => give(new TimeoutError(`${what} was not answered within ${timeoutMs / 1000} s`)), timeoutMs);
    signal?.addEventListener('abort', abort);
    ask().then(
      (answer) => {
        end();
        resolve(answer);
      },
      (error: unknown) => {
        end();
        reject(error);
      },
    );
  });
}

const cancelled = (what: string, signal: AbortSignal | undefined): CancelledError =>
  new CancelledError(`${what} was given up`, { cause: signal?.reason });
