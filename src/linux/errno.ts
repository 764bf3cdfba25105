/** Names of errnos, for messages and for the wire's error facts. */
import { constants } from 'node:os';

const names = new Map<number, string>();
for (const [name, number] of Object.entries(constants.errno)) {
  // EWOULDBLOCK and EOPNOTSUPP share numbers with the names people look up.
  if (!names.has(number) || name === 'EAGAIN' || name === 'ENOTSUP') names.set(number, name);
}

/** `ENOENT` for 2 and for -2; `errno 999` for one without a name. */
export function errnoName(errno: number): string {
  const positive = Math.abs(errno);
  return names.get(positive) ?? `errno ${positive}`;
}
