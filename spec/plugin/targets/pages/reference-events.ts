/** docs/reference/events.md: every event with what it says. */
import { eventsIn } from '../../derive.ts';
import type { PackageModel } from '../../model.ts';
import type { PrintedFile } from '../../printed-file.ts';
import { sourceOf } from '../../printed-file.ts';
import { membersTable, page, prose, table } from './markdown.ts';
import { enumTable, objectsPart } from './parts.ts';

export function printEventsPage(one: PackageModel): PrintedFile {
  const events = eventsIn(one.messages);
  const parts = one.messages.filter(({ event }) => event === null);
  return page('docs/reference/events.md', sourceOf(one), [
    '# Events',
    '',
    'What the command [subscribe](control.md#subscribe) streams, one line for each. Durations are in nanoseconds, timestamps in UTC.',
    'States, causes, operations and jobs are explained in [states](states.md).',
    '',
    ...table(
      ['Event', 'Tells', 'Section'],
      events.map(({ message, facts }) => [`[${facts.name}](#${anchor(facts.name)})`, prose(message.comment), facts.section]),
    ),
    ...events.flatMap(({ message, facts }) => [`## ${facts.name}`, '', prose(message.comment), '', ...membersTable(message.fields)]),
    ...objectsPart(parts),
    ...one.enums.flatMap((declared) => enumTable(declared, '##')),
  ]);
}

/** As Markdown renderers derive it from a heading. */
const anchor = (name: string): string => name.replaceAll('.', '');
