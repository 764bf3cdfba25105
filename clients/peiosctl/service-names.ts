import type { State } from '../../gen/service/types.ts';
import { foldName, isMountName } from '../../src/policy/definition/names.ts';
import { nearest } from '../../src/registry/nearest.ts';
import type { ControlClient } from '../typescript/generated/client.ts';
import { ControlError } from '../typescript/transport.ts';
import type { Context } from './command.ts';
import { UsageError } from './usage-error.ts';

/** No name of a service has one of these. */
export const isGlob = (word: string): boolean => /[*?[\]]/.test(word);

/** `*` any run of characters, `?` one, `[a-c]` one of them; compared as services and mounts are. */
function matcher(glob: string): RegExp {
  const source = glob
    .replace(/[.+^${}()|\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
    .replaceAll('[!', '[^');
  try {
    return new RegExp(`^${source}$`, isMountName(glob) ? '' : 'i');
  } catch {
    throw new UsageError(`${glob} is no pattern: [ and ] do not belong together`);
  }
}

/**
 * The services that words name, each once, in the order of the words; of a glob in that of `list`. `states`: where a glob means only those
 * that are in one of them; whoever is named is named.
 */
export async function serviceNames(
  client: ControlClient,
  words: readonly string[],
  states: readonly State[] | null = null,
): Promise<readonly string[]> {
  const known = words.some(isGlob) ? (await client.list({})).services : [];
  const isMeant = new Set(known.flatMap(({ service, state }) => (states === null || states.includes(state) ? [service] : [])));
  const found = new Map<string, string>();
  for (const word of words) {
    const names = isGlob(word) ? known.map(({ service }) => service).filter((name) => matcher(word).test(name)) : [word];
    if (names.length === 0)
      throw new ControlError('UNKNOWN_SERVICE', `no service matches ${word}. Look at the names in list; nothing was done.`);
    for (const name of names.filter((each) => !isGlob(word) || isMeant.has(each)))
      if (!found.has(foldName(name))) found.set(foldName(name), name);
  }
  return [...found.values()];
}

/** Whether words name a service, those to come too; all are meant without any. */
export function isMeant(words: readonly string[]): (service: string) => boolean {
  const matchers = words.map(matcher);
  return (service) => words.length === 0 || matchers.some((expression) => expression.test(service));
}

/** Those of a list that words name, all without any; throws where a word names none. */
export function matching<Entry extends { readonly service: string }>(
  entries: readonly Entry[],
  words: readonly string[],
): readonly Entry[] {
  if (words.length === 0) return entries;
  const matchers = words.map((word) => ({ word, expression: matcher(word) }));
  const none = matchers.find(({ expression }) => !entries.some(({ service }) => expression.test(service)));
  if (none !== undefined) throw new ControlError('UNKNOWN_SERVICE', `no service matches ${none.word}. Look at the names in list.`);
  return entries.filter(({ service }) => matchers.some(({ expression }) => expression.test(service)));
}

/** What is said of a name that is none of these: the same wherever somebody looks it up. */
export function noSuchService(name: string, names: readonly string[]): ControlError {
  const meant = nearest(name, names);
  return new ControlError(
    'UNKNOWN_SERVICE',
    `there is no service ${name}. ${meant === null ? 'Look at the names in list.' : `Is ${meant} meant?`}`,
  );
}

/** The same refusal, with the service that may be meant. */
export async function withMeantService(error: ControlError, client: ControlClient, name: string): Promise<ControlError> {
  if (error.code !== 'UNKNOWN_SERVICE' || isGlob(name)) return error;
  try {
    const names = (await client.list({})).services.map(({ service }) => service);
    // Other service managers write what it is behind the name.
    const bare = name.replace(/\.service$/i, '').toLowerCase();
    const meant = names.find((each) => each.toLowerCase() === bare) ?? nearest(name, names);
    // It is in the list for as long as something of it is left.
    return meant === null || meant.toLowerCase() === name.toLowerCase()
      ? error
      : new ControlError(error.code, `${error.message} Is ${meant} meant?`);
  } catch {
    return error;
  }
}

/** One of several services was refused: told, while the others go on. Throws what is no refusal. */
export async function refusedOne(context: Context, client: ControlClient, service: string, error: unknown): Promise<void> {
  if (!(error instanceof ControlError)) throw error;
  const { code, message } = await withMeantService(error, client, service);
  if (context.options.json) context.print(JSON.stringify({ status: 'error', service, code, message }));
  context.complain(`${service}: ${code}: ${message}`);
}
