/** clients/c/generated/peinit/types.h: enums with room for what is not known yet, and a struct for each message. */
import type { ClientPackage } from '../../client-surface.ts';
import { clientPackages } from '../../client-surface.ts';
import type { EventModel } from '../../derive.ts';
import { eventsIn, memberForm, payloadMember, requestMessages } from '../../derive.ts';
import { declare, typeOf } from '../../language.ts';
import type { EnumModel, FieldModel, MessageModel, SchemaModel } from '../../model.ts';
import type { PrintedFile } from '../../printed-file.ts';
import { alternatives } from './answers.ts';
import { c, doc, headerFile } from './language.ts';
import { constantOf, distinct, typeName, unknownConstant, valueConstant, valuesName } from './names.ts';
import { notificationOf } from './notification.ts';

export function printTypes(schema: SchemaModel): readonly PrintedFile[] {
  const packages = clientPackages(schema);
  if (packages.length === 0) return [];
  const enums = packages.flatMap((one) => one.enums);
  const messages = packages.flatMap((one) => one.messages);
  const notification = notificationOf(schema);
  const asked = requestMessages(schema);
  const events = eventsIn(messages);
  const other = alternatives(schema);
  const structs = [...messages, ...(notification === null ? [] : [notification])];
  distinct([...enums, ...structs].map(typeName).concat(other.map(({ name }) => name)));
  distinct(enums.flatMap((one) => [unknownConstant(one), ...one.values.map((value) => valueConstant(one, value))]));
  const carried = messages.some((message) => payloadMember(message) !== null);
  return [
    headerFile(
      'peinit/types.h',
      packages.map(sourceName).join(', '),
      ['<peinit/base.h>'],
      [
        ...enums.flatMap(printEnum),
        '/* What may stand in what. */',
        '',
        ...structs.map((message) => `typedef struct ${typeName(message)} ${typeName(message)};`),
        '',
        ...(carried ? printEvents(events) : []),
        ...structs.flatMap((message) => printMessage(message, asked.has(message))),
        ...other.flatMap(({ name, forms }) => [
          '/** An answer of two forms: the one that came, and NULL. */',
          `typedef struct ${name} {`,
          ...forms.flatMap(({ member, of }) => [doc(of.comment, '  '), `  const ${typeName(of)} *${member};`]),
          `} ${name};`,
          '',
        ]),
      ],
    ),
  ];
}

export const sourceName = ({ package: one }: ClientPackage): string => `peinit/${one.name}`;

const printEnum = (declared: EnumModel): readonly string[] => [
  `/** The values of {@link ${typeName(declared)}}. */`,
  `enum ${valuesName(declared)} {`,
  '  /** None, or one that this version does not know: its name tells. */',
  `  ${unknownConstant(declared)} = 0,`,
  ...declared.values.flatMap((value, index) => [
    doc(value.comment, '  '),
    `  ${valueConstant(declared, value)} = ${value.number}${index === declared.values.length - 1 ? '' : ','}`,
  ]),
  '};',
  '',
  doc(declared.comment),
  `typedef struct ${typeName(declared)} {`,
  `  enum ${valuesName(declared)} value;`,
  '  /** Its name as it came; in a request needed only for what has no value here. */',
  '  peinit_text name;',
  `} ${typeName(declared)};`,
  '',
];

/** The members of the union are named after the messages. */
export const eventMember = ({ message }: EventModel): string => c.names.member(message.name);

export const eventConstant = ({ message }: EventModel): string => `PEINIT_EVENT_${c.names.constant(message.name)}`;

const printEvents = (events: readonly EventModel[]): readonly string[] => [
  '/** The events. */',
  'enum peinit_event_kind {',
  '  /** None, or one that this version does not know. */',
  '  PEINIT_EVENT_UNKNOWN = 0,',
  ...events.flatMap((event, index) => [
    doc(`\`${event.facts.name}\`: ${event.message.comment}`, '  '),
    `  ${eventConstant(event)} = ${index + 1}${index === events.length - 1 ? '' : ','}`,
  ]),
  '};',
  '',
  '/** What an event says. */',
  'typedef struct peinit_event {',
  '  /** Which member of as is there. */',
  '  enum peinit_event_kind kind;',
  '  /** As it came; NULL: there is no event. */',
  '  const peinit_json *json;',
  '  union {',
  '    const void *any;',
  ...events.flatMap((event) => [doc(event.message.comment, '    '), `    const ${typeName(event.message)} *${eventMember(event)};`]),
  '  } as;',
  '} peinit_event;',
  '',
];

function printMessage(message: MessageModel, asked: boolean): readonly string[] {
  const name = typeName(message);
  if (message.union !== null) return printUnion(message, message.union.forms);
  const carried = payloadMember(message);
  const members = message.fields.flatMap((field) => [
    doc(field.comment, '  '),
    `  ${field === carried?.payload ? `peinit_event ${c.names.member(field.member)};` : printMember(message, field, asked)}`,
  ]);
  const body = members.length === 0 ? ['  /** It has no members; C wants one. */', '  char unused;'] : members;
  return [doc(message.comment), `struct ${name} {`, ...body, '};', ''];
}

/** A flag that is sent has nothing else to say, so one that is not is false. */
function printMember(message: MessageModel, field: FieldModel, asked: boolean): string {
  const refer = (from: string, name: string): string => {
    const type = typeName({ package: from, name });
    return field.type.kind === 'message' && !field.list ? `const ${type} *` : type;
  };
  if (message.kind === 'notify' && field.type.kind === 'boolean') return c.member(c.names.member(field.member), 'bool', 'required');
  if (field.wire?.nullElements === true && !['string', 'message'].includes(field.type.kind))
    throw new Error(`C has no list of ${typeOf(field, c, refer)} with null in it`);
  const declared = declare(message, field, asked, c, refer);
  return memberForm(message, field, asked) === 'required'
    ? declared
    : declared.replace('\n', `\n  /** ${c.names.member(field.member)} is there. */\n`);
}

const printUnion = (message: MessageModel, forms: NonNullable<MessageModel['union']>['forms']): readonly string[] => [
  `/** The forms of {@link ${typeName(message)}}. */`,
  `enum ${valuesName(message)} {`,
  '  /** One that this version does not know. */',
  `  ${unknownConstant(message)} = 0,`,
  ...forms.flatMap(({ value, comment }, index) => [
    doc(comment, '  '),
    `  ${constantOf(message, value)} = ${index + 1}${index === forms.length - 1 ? '' : ','}`,
  ]),
  '};',
  '',
  doc(message.comment),
  `struct ${typeName(message)} {`,
  '  /** Which member of as is there. */',
  `  enum ${valuesName(message)} ${c.names.member(message.union?.member ?? '')};`,
  '  /** As it came. */',
  '  const peinit_json *json;',
  '  union {',
  '    const void *any;',
  ...forms.flatMap(({ value, comment, of }) => [doc(comment, '    '), `    const ${typeName(of)} *${c.names.member(value)};`]),
  '  } as;',
  '};',
  '',
];
