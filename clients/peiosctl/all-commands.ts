import type { Command } from './command.ts';
import { commands } from './commands/index.ts';
import type { Description } from './description.ts';
import type { Peer } from './options.ts';
import type { VerbGroupName } from './verb-groups.ts';
import { peerOf, verbGroups } from './verb-groups.ts';

export type Group = Command['group'] | VerbGroupName;

/** Titles, in the order of the pages. */
export const groups: readonly (readonly [group: Group, title: string])[] = [
  ['services', 'Services'],
  ['jobs', 'Ad-hoc jobs'],
  ['machine', 'The machine'],
  ['registry', 'The registry'],
  ['principal', 'Accounts, groups and privileges'],
  ['security', 'Who may do what'],
  ['analyze', 'Reports'],
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

/** All commands, those of groups too; loading those takes a YAML parser. */
export async function allCommands(): Promise<readonly Listed[]> {
  const grouped = await Promise.all(
    (Object.keys(verbGroups) as VerbGroupName[]).map(async (group) =>
      Object.entries(await verbGroups[group].verbs()).map(
        ([name, verb]): Listed => ({ name: `${group} ${name}`, description: verb, group, peer: peerOf(verb) }),
      ),
    ),
  );
  return [
    ...Object.entries(commands).map(([name, command]): Listed => {
      const { group, peer = 'socket' } = command;
      return { name, description: command, group, peer };
    }),
    ...grouped.flat(),
  ];
}
