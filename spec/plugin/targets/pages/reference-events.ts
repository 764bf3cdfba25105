/** docs/reference/events.md: every event with what it says. */
import { eventsIn, severityMember } from '../../derive.ts';
import type { PackageModel } from '../../model.ts';
import type { PrintedFile } from '../../printed-file.ts';
import { sourceOf } from '../../printed-file.ts';
import { code, membersTable, page, prose, table } from './markdown.ts';
import { enumTable, objectsPart, protocolLink } from './parts.ts';

export function printEventsPage(one: PackageModel): PrintedFile {
  const events = eventsIn(one.messages);
  const parts = one.messages.filter(({ event }) => event === null);
  return page('docs/reference/events.md', sourceOf(one), [
    '# Events',
    '',
    'What the command [subscribe](control.md#subscribe) streams, one line for each. Durations are in nanoseconds, timestamps in UTC.',
    'States, causes, operations and jobs are explained in [states](states.md).',
    '',
    ...protocolLink,
    ...table(
      ['Event', 'Tells', 'Severity', 'Section'],
      events.map(({ message, facts }) => [
        `[${facts.name}](#${anchor(facts.name)})`,
        prose(message.comment),
        facts.severityBy === '' ? facts.severity : `by ${code(facts.severityBy)}`,
        facts.section,
      ]),
    ),
    ...table(
      ['Member', 'Value', 'Severity'],
      events.flatMap((event) => {
        const by = severityMember(event);
        if (by === null) return [];
        const rows = by.of.values.filter(({ facts }) => facts.severity !== 'info');
        return rows.map(({ wire, facts }) => [`${code(by.field.member)} of ${code(event.facts.name)}`, code(wire), facts.severity]);
      }),
    ),
    ...events.flatMap(({ message, facts }) => [`## ${facts.name}`, '', prose(message.comment), '', ...membersTable(message.fields)]),
    ...objectsPart(parts),
    ...one.enums.flatMap((declared) => enumTable(declared, '##')),
  ]);
}

/** As Markdown renderers derive it from a heading. */
const anchor = (name: string): string => name.replaceAll('.', '');
