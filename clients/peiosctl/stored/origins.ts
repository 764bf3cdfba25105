/** Words of a command line that name one command beside the main process of a service, as `logs` does: web/ExecStartPre[0], web/*. */
import { serviceOfOrigin } from '../../../src/policy/definition/names.ts';
import { UsageError } from '../usage-error.ts';

export interface Named {
  /** Words that name services. */
  readonly words: readonly string[];
  /** Of which services some commands are meant only. */
  readonly commands: readonly { readonly service: string; readonly origin: RegExp }[];
}

export type OriginAsked = (service: string | null, origin: string) => boolean;

export function named(words: readonly string[]): Named {
  const commands = words.filter((word) => serviceOfOrigin(word) !== word);
  for (const word of commands)
    if (/^jobs\//i.test(word)) throw new UsageError(`an ad-hoc job is named by its id: logs --job ${word.slice('jobs/'.length) || 'ID'}`);
  return {
    words: words.filter((word) => serviceOfOrigin(word) === word),
    commands: commands.map((word) => ({ service: serviceOfOrigin(word), origin: expressionOf(word) })),
  };
}

/** [ and ] stand for themselves: the names of hooks have them. */
const expressionOf = (word: string): RegExp => new RegExp(`^${word.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`, 'i');

/** Whether a line is of what was named; null: all of the services are. `whole`: services that were named without a command. */
export function originAsked(whole: readonly string[], { commands }: Named): OriginAsked | null {
  if (commands.length === 0) return null;
  const areWhole = new Set(whole.map((service) => service.toLowerCase()));
  return (service, origin) => areWhole.has(service?.toLowerCase() ?? '') || commands.some(({ origin: asked }) => asked.test(origin));
}
