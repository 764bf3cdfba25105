/** gen/events/events.ts: the events by their names, and a function that makes each, so that no name is written by hand. */
import type { EventModel } from '../../derive.ts';
import { eventsIn, eventsPackage, presenceOf, severityMember, subjectNames, subjectsOf } from '../../derive.ts';
import type { SchemaModel } from '../../model.ts';
import type { PrintedFile } from '../../printed-file.ts';
import { sourceOf } from '../../printed-file.ts';
import { Imports } from './imports.ts';
import { doc, typescript, typescriptFile } from './language.ts';
import { access, literal, tsLiteral } from './literals.ts';

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
    '/** They name a job and the operation that made it. */',
    `export const makerEvents: ReadonlySet<EventName> = /* @__PURE__ */ new Set<EventName>(${tsLiteral(tellingMakers(events))});`,
    '',
    '/** Records for the audit. */',
    `export const auditEvents: ReadonlySet<EventName> = /* @__PURE__ */ new Set<EventName>(${tsLiteral(audited(events))});`,
    '',
    '/** The service that an event is about; null: it is about none. */',
    `export const serviceOf = (${events.some(aboutService) ? '{ payload }' : '_event'}: EventOf): ` +
      `string | null => ${serviceExpression(events)};`,
  ];
  printed.push('', ...printSubjects(events), '', ...printSeverity(events, imports));
  return [typescriptFile(`gen/${one.name}/events.ts`, sourceOf(one), [...imports.lines(), '', ...printed])];
}

/** What each event is about, for whoever files it. */
function printSubjects(events: readonly EventModel[]): readonly string[] {
  const known = events.map(({ message }) => subjectsOf(message));
  const rows = subjectNames.map((subject) => {
    const member = known.flatMap((subjects) => subjects.get(subject)?.member ?? [])[0];
    if (member === undefined) return `${subject}: null`;
    const told = access('payload', member);
    return `${subject}: ${known.every((subjects) => subjects.has(subject)) ? told : `${literal(member)} in payload ? ${told} : null`}`;
  });
  return [
    '/** What an event is about, by name or id; null: it names none. */',
    'export interface EventSubjects {',
    ...subjectNames.map((subject) => `  readonly ${subject}: string | null;`),
    '}',
    '',
    '/** For whoever files events by what they are about. */',
    `export const subjectsOf = ({ payload }: EventOf): EventSubjects => ({`,
    ...rows.map((row) => `  ${row},`),
    '});',
  ];
}

/** Events that come from elsewhere may have names and values that are not known here. */
function printSeverity(events: readonly EventModel[], imports: Imports): readonly string[] {
  const severity = imports.type('../options/types.ts', 'Severity');
  const cases = events.flatMap((event) => {
    const by = severityMember(event);
    if (by === null) return [];
    const facts = imports.value(`../${by.of.package}/facts.ts`, `${typescript.names.constant(by.of.name)}Facts`);
    const told = access('event.payload', by.field.member);
    return [`    case ${literal(event.facts.name)}:`, `      return ${facts}[${told}]?.severity ?? 'info';`];
  });
  const fixed = events.filter((event) => severityMember(event) === null && event.facts.severity !== 'info');
  const grave = fixed.map(({ facts }) => [facts.name, facts.severity]);
  return [
    '/** Events that are always as grave as that; all others are info. */',
    `const grave: ReadonlyMap<EventName, ${severity}> = /* @__PURE__ */ new Map<EventName, ${severity}>(${tsLiteral(grave)});`,
    '',
    '/** How grave an event is. One that is not known here is info. */',
    `export function severityOf(event: EventOf): ${severity} {`,
    '  switch (event.event) {',
    ...cases,
    '    default:',
    "      return grave.get(event.event) ?? 'info';",
    '  }',
    '}',
  ];
}

const tellingMakers = (events: readonly EventModel[]): readonly string[] =>
  events.filter(({ facts }) => facts.tellsMaker).map(({ facts }) => facts.name);

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
