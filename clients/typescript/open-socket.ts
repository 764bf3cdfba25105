import type { Socket } from 'node:net';
import { connect as connectSocket } from 'node:net';
import { ConnectionError, foreignSocket } from './errors.ts';
import type { Patience } from './patience.ts';

export interface ConnectOptions {
  /** It was turned away, waits and tries again; called once. */
  readonly onTurnedAway?: (() => void) | undefined;
  /** For how long it tries again; 5 s when left out. */
  readonly patienceMs?: number | undefined;
  /** A socket that is not there yet, or where nobody listens yet, is waited for as well. */
  readonly isAwaited?: boolean | undefined;
}

export const usualPatienceMs = 5_000;

/** Null: too many wait there already. Rejects with a ConnectionError in the words of `explain`. */
export function openSocket(path: string, explain: (error: NodeJS.ErrnoException) => string): Promise<Socket | null> {
  return new Promise((resolve, reject) => {
    const socket = connectSocket(path);
    socket.once('connect', () => {
      socket.removeAllListeners('error');
      resolve(socket);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EAGAIN') resolve(null);
      else reject(new ConnectionError(explain(error), { cause: error }));
    });
  });
}

/** Opens it within the patience; null: it was always full. Otherwise as openSocket. */
export async function openPatiently(
  path: string,
  explain: (error: NodeJS.ErrnoException) => string,
  patience: Patience,
  isAwaited: boolean,
): Promise<Socket | null> {
  for (;;) {
    try {
      const socket = await openSocket(path, explain);
      if (socket !== null) return socket;
      if (!(await patience.pause())) return null;
    } catch (error) {
      if (!isAwaited || !comesLater(error) || !(await patience.pause())) throw error;
    }
  }
}

const comesLater = (error: unknown): boolean => {
  const cause = error instanceof Error ? (error.cause as NodeJS.ErrnoException | undefined) : undefined;
  return cause?.code === 'ENOENT' || cause?.code === 'ECONNREFUSED';
};

/** Why a socket of peinit cannot be reached. */
export function ofPeinit(path: string, name: string, error: NodeJS.ErrnoException, usual: string): string {
  switch (error.code) {
    case 'ENOENT':
      return `there is no ${name} at ${path}; is this inside a machine that peinit runs? (peinit-sandbox exec NAME -- peiosctl ...)`;
    case 'ECONNREFUSED':
      return `nobody listens at ${path}; peinit has ended or is still in its first phase`;
    case 'EACCES':
      return `no permission to open ${path}`;
    case 'EPROTOTYPE':
      return foreignSocket(path, 'peinit', usual).message;
    default:
      return `connecting to ${path} failed: ${error.message}`;
  }
}
