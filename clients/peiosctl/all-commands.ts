import type { Command } from './command.ts';
import { commands } from './commands/index.ts';
import type { Description } from './description.ts';
import type { Peer } from './options.ts';

export type Group = Command['group'] | 'registry';

/** Titles, in the order of the pages. */
export const groups: readonly (readonly [group: Group, title: string])[] = [
  ['services', 'Services'],
  ['machine', 'The machine'],
  ['registry', 'The registry'],
  ['other', 'Other'],
];

/** A command as help, completions and the manual see it. */
export interface Listed {
  /** With that of its group: `registry get`. */
  readonly name: string;
  readonly description: Description;
  readonly group: Group;
  readonly peer: Peer;
}

/** All commands, those of the registry too; loading those takes a YAML parser. */
export async function allCommands(): Promise<readonly Listed[]> {
  const { registryVerbs } = await import('./commands/registry/index.ts');
  return [
    ...Object.entries(commands).map(([name, command]): Listed => {
      const { group, peer = 'socket' } = command;
      return { name, description: command, group, peer };
    }),
    ...Object.entries(registryVerbs).map(
      ([name, description]): Listed => ({ name: `registry ${name}`, description, group: 'registry', peer: 'registry-socket' }),
    ),
  ];
}
