/** gen/events/events.ts: the events by their names, and a function that makes each, so that no name is written by hand. */
import type { EventModel } from '../../derive.ts';
import { eventsIn, eventsPackage, presenceOf } from '../../derive.ts';
import type { SchemaModel } from '../../model.ts';
import type { PrintedFile } from '../../printed-file.ts';
import { sourceOf } from '../../printed-file.ts';
import { Imports } from './imports.ts';
import { doc, typescript, typescriptFile } from './language.ts';
import { literal, tsLiteral } from './literals.ts';

export function printEvents(schema: SchemaModel): readonly PrintedFile[] {
  const one = eventsPackage(schema);
  if (one === null) return [];
  const events = eventsIn(one.messages);
  const imports = new Imports();
  const printed = [
    '/** The names of all events, in the order of the schema. */',
    `export const eventNames = ${tsLiteral(events.map(({ facts }) => facts.name))} as const;`,
    'export type EventName = (typeof eventNames)[number];',
    '',
    '/** What each event says, by its name. */',
    'export interface EventPayloads {',
    ...events.flatMap(({ message, facts }) => [
      doc(message.comment, '  '),
      `  readonly ${typescript.names.member(facts.name)}: ${imports.type('./types.ts', message.name)};`,
    ]),
    '}',
    '',
    '/** An event of that name, or of any: its name tells what it says. */',
    'export type EventOf<Name extends EventName = EventName> = {',
    '  readonly [N in Name]: { readonly event: N; readonly payload: EventPayloads[N] };',
    '}[Name];',
    '',
    ...events.flatMap(printMaker),
    '/** Records for the audit. */',
    `export const auditEvents: ReadonlySet<EventName> = /* @__PURE__ */ new Set<EventName>(${tsLiteral(audited(events))});`,
    '',
    '/** The service that an event is about; null: it is about none. */',
    `export const serviceOf = (${events.some(aboutService) ? '{ payload }' : '_event'}: EventOf): ` +
      `string | null => ${serviceExpression(events)};`,
  ];
  return [typescriptFile(`gen/${one.name}/events.ts`, sourceOf(one), [...imports.lines(), '', ...printed])];
}

const audited = (events: readonly EventModel[]): readonly string[] =>
  events.filter(({ facts }) => facts.audit).map(({ facts }) => facts.name);

function serviceExpression(events: readonly EventModel[]): string {
  if (events.every(aboutService)) return 'payload.service';
  return events.some(aboutService) ? "('service' in payload ? payload.service : null)" : 'null';
}

const aboutService = ({ message }: EventModel): boolean =>
  message.fields.some((field) => field.member === 'service' && presenceOf(field) !== 'optional');

function printMaker({ message, facts }: EventModel): readonly string[] {
  const name = literal(facts.name);
  return [
    doc(`\`${facts.name}\`: ${message.comment}`),
    `export const ${typescript.names.constant(message.name)} = (payload: ${message.name}): EventOf<${name}> => ` +
      `({ event: ${name}, payload });`,
    '',
  ];
}
