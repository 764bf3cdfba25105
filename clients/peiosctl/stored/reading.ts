/** What `logs` and `events` share: where eventd is, what is told of it on standard error, and which boot is meant. */
import { basename, dirname, join } from 'node:path';
import { eventdSocketPath } from '../../typescript/eventd.ts';
import type { ReadingOptions } from '../../typescript/stored-records.ts';
import { ConnectionError } from '../../typescript/transport.ts';
import type { Context } from '../command.ts';
import { bootMeant, storedBoots } from './boots.ts';
import type { Range } from './range.ts';

/** Beside the control socket, as inside a machine. */
export const eventdPath = ({ options }: Context): string => {
  const { socket } = options.values;
  if (socket === undefined) return eventdSocketPath;
  const [file, directory] = [basename(eventdSocketPath), basename(dirname(eventdSocketPath))];
  return join(dirname(dirname(socket)), directory, file);
};

/** What happens to eventd meanwhile is told, and reading goes on. */
export const readingOptions = (context: Context, path: string, follows: boolean): ReadingOptions => ({
  path,
  onLost: (why) =>
    context.complain(`${why.message}; ${follows ? 'waiting until it is back, and nothing will be missing' : 'trying again for 10 s'}`),
  onBack: () => context.complain('eventd is back, what came meanwhile follows'),
  onReplaced: () => context.complain('eventd has begun a new database; what it had not told before is lost'),
});

/** `key`: where it is granted. `found`: something is shown, which whoever looks on may take for all. */
export function tellOfLeftOut(context: Context, key: string, found: boolean): void {
  const { attended, json } = context.options;
  if (!found || (attended && !json))
    context.complain(`${found ? '' : 'nothing is shown: '}what you may not read is left out; Security of ${key} would grant it`);
}

/** Id of the present boot; null: peinit cannot be asked. */
export async function presentBoot(context: Context): Promise<string | null> {
  try {
    return (await (await context.control()).machineStatus({})).boot_id;
  } catch (error) {
    if (error instanceof ConnectionError) return null;
    throw error;
  }
}

/** The id of the boot that is asked for. */
export const bootAsked = async (asked: string, path: string, present: string | null): Promise<string> =>
  Number(asked) === 0 && present !== null ? present : bootMeant(await storedBoots(path), asked);

/** Whether the boot that is asked for is the present one. */
export const isPresent = (asked: string, present: string): boolean => Number(asked) === 0 || present.startsWith(asked.toLowerCase());

/** The same as eventd looks at it. */
export const isWithin = ({ since, until }: Range, timestamp: string): boolean =>
  (since === null || timestamp >= since) && (until === null || timestamp < until);
