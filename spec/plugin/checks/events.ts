/** Events: a message for each, with a name of its own, and the members that carry them. */
import type { EventModel } from '../derive.ts';
import { eventsIn, eventsPackage, presenceOf, reachable, severityMember, subjectsOf } from '../derive.ts';
import type { FieldModel, MessageModel, SchemaModel } from '../model.ts';
import type { Report } from '../problems.ts';
import { reportClashes } from '../problems.ts';

const dottedName = /^[a-z]+(?:_[a-z]+)*(?:\.[a-z]+(?:_[a-z]+)*)*$/;

export function checkEvents(schema: SchemaModel, report: Report): void {
  const events = eventsIn(schema.packages.flatMap(({ messages }) => messages));
  for (const event of events) checkEvent(event, report);
  reportClashes(
    events,
    ({ facts }) => facts.name || null,
    ({ message, facts }, first) =>
      report(facts.source, `event ${message.name} is called ${facts.name}, like ${first.message.name}; rename one of them.`),
  );
  const parts = reachable(events.map(({ message }) => message));
  for (const one of schema.packages) {
    // Beside events only what they are made of.
    for (const message of one === eventsPackage(schema) ? one.messages : []) {
      if (message.event === null && !parts.has(message))
        report(
          message.source,
          `message ${message.name} has no name on the wire; set the option event with name, or make it part of an event.`,
        );
    }
    for (const message of one.messages)
      for (const field of message.fields)
        if (field.wire !== null && field.wire.payloadOf !== '') checkPayload(message, field, events, report);
  }
}

function checkEvent({ message, facts }: EventModel, report: Report): void {
  if (facts.name === '') report(facts.source, `event ${message.name} has no name on the wire; set (event).name.`);
  else if (!dottedName.test(facts.name)) {
    report(
      facts.source,
      `event ${message.name} is called ${JSON.stringify(facts.name)}; use words of a to z with underscores, joined by dots.`,
    );
  }
  if (message.package !== 'events')
    report(message.source, `event ${message.name} stands in package ${message.package}; move it to package events.`);
  if (facts.section === '') report(facts.source, `event ${message.name} names no section; set (event).section.`);
  checkSeverity({ message, facts }, report);
  for (const [subject, field] of subjectsOf(message)) {
    const kind = subject === 'cause' ? 'enum' : 'string';
    if (field.type.kind === kind && !field.list && presenceOf(field) !== 'optional') continue;
    const why = subject === 'service' ? 'who may read the event' : `which ${subject} the event is about`;
    report(field.source, `field ${message.name}.${field.name} tells ${why}; make it one ${kind}, required or nullable.`);
  }
}

function checkSeverity(event: EventModel, report: Report): void {
  const { message, facts } = event;
  const say = (sentence: string): void => report(facts.source, `event ${message.name} ${sentence}`);
  const isFixed = facts.severity !== 'unspecified';
  if (facts.severityBy === '' && !isFixed) say('does not say how grave it is; set (event).severity or severity_by.');
  if (facts.severityBy !== '' && isFixed) say('has both severity and severity_by; remove one of them.');
  if (facts.severityBy !== '' && severityMember(event) === null)
    say(`has severity_by ${facts.severityBy}, which is no required enum whose values state a severity; correct it.`);
}

function checkPayload(message: MessageModel, field: FieldModel, events: readonly EventModel[], report: Report): void {
  const say = (sentence: string): void => report(field.source, `field ${message.name}.${field.name} ${sentence}`);
  if (field.type.kind !== 'json' || field.type.shape !== 'object' || field.list)
    say('carries events but is no object; use google.protobuf.Struct.');
  const name = message.fields.find((other) => other.name === field.wire?.payloadOf);
  if (name?.type.kind !== 'string' || name.list || presenceOf(name) !== presenceOf(field))
    say(`has payload_of ${field.wire?.payloadOf}, which is no string member of the same presence; correct it.`);
  if (events.length === 0) say('carries events but the schema has none; remove payload_of.');
}
