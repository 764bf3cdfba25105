/** The messages, enums and events of a package in Rust. What they do beside being data is in clients/rust/src/wire. */
import type { ClientPackage } from '../../client-surface.ts';
import type { EnumModel, MessageModel, UnionModel } from '../../model.ts';
import { pascalCase } from '../../names.ts';
import { doc, printFunction, quoted } from './language.ts';
import type { ModuleNames } from './names.ts';
import { unknownVariant, variantName } from './names.ts';
import type { Member, Surface } from './surface.ts';
import { nameType, payloadType } from './surface.ts';

export const printDeclarations = (one: ClientPackage, surface: Surface, names: ModuleNames): readonly string[] => [
  ...one.enums.flatMap((declared) => printEnum(declared, names)),
  ...one.messages.flatMap((message) => printMessage(message, surface, names)),
  ...(one.package.name === 'events' ? printEvents(surface, names) : []),
];

interface Variant {
  readonly name: string;
  readonly wire: string;
  readonly comment: string;
}

function openEnum(type: string, comment: string, variants: readonly Variant[]): readonly string[] {
  const unknown = unknownVariant(variants.map(({ name }) => name));
  return [
    'crate::open_enum! {',
    doc(comment, '    '),
    `    pub enum ${type} or ${unknown} {`,
    ...variants.flatMap((variant) => [doc(variant.comment, '        '), `        ${variant.name} = ${quoted(variant.wire)},`]),
    '    }',
    '}',
    '',
  ];
}

function printEnum(declared: EnumModel, names: ModuleNames): readonly string[] {
  const type = names.give(declared.name, `enum ${declared.name}`);
  const variants = declared.values.map((value) => ({
    name: variantName(value, declared),
    wire: value.wire,
    comment: value.comment,
    remedy: value.facts.remedy,
  }));
  const remedies = variants.filter(({ remedy }) => remedy !== '');
  return [
    ...openEnum(type, declared.comment, variants),
    ...(remedies.length === 0
      ? []
      : [
          'crate::remedies! {',
          `    ${type} {`,
          ...remedies.map(({ name, remedy }) => `        ${name} => ${quoted(remedy)},`),
          '    }',
          '}',
          '',
        ]),
  ];
}

const derives = (message: MessageModel, surface: Surface): string => {
  const isEmpty = surface.members(message).every(({ form }) => form !== 'required');
  return `#[derive(Clone, Debug, PartialEq, Serialize, Deserialize${isEmpty && surface.isRequest(message) ? ', Default' : ''})]`;
};

function printMessage(message: MessageModel, surface: Surface, names: ModuleNames): readonly string[] {
  const type = names.give(message.name, `message ${message.name}`);
  if (message.array) throw new Error(`${message.name} is an array on the wire, which the Rust crate has no form for`);
  if (message.union !== null) return printUnion(type, message, message.union, surface);
  const members = surface.members(message);
  const carrier = members.some(({ carries }) => carries !== null);
  const form = `${type}Form`;
  return [
    doc(message.comment),
    derives(message, surface),
    ...(carrier ? [`#[serde(try_from = ${quoted(form)})]`] : []),
    '#[non_exhaustive]',
    ...printStruct('pub ', type, members, (member) => [doc(member.field.comment, '    ')]),
    '',
    ...(carrier ? printCarrier(type, form, members) : []),
    ...(surface.isRequest(message) ? printBuilder(type, members) : []),
  ];
}

function printStruct(
  visible: string,
  type: string,
  members: readonly Member[],
  before: (member: Member) => readonly string[],
): readonly string[] {
  if (members.length === 0) return [`${visible}struct ${type} {}`];
  return [
    `${visible}struct ${type} {`,
    ...members.flatMap((member) => [
      ...before(member),
      ...attributes(member).map((attribute) => `    #[serde(${attribute})]`),
      `    ${visible}${member.name}: ${typeIn(member)},`,
    ]),
    '}',
  ];
}

const typeIn = ({ type, form }: Member): string => (form === 'required' ? type : `Option<${type}>`);

/** What serde takes for the same, the schema does not: a member that is missing, and one that is null. */
function attributes({ field, name, form }: Member): readonly string[] {
  const renamed = name.replace(/^r#/, '') === field.member ? [] : [`rename = ${quoted(field.member)}`];
  switch (form) {
    case 'required':
      return renamed;
    case 'nullable':
      return [...renamed, 'deserialize_with = "crate::wire::nullable"'];
    case 'optional':
      return [...renamed, 'default, deserialize_with = "crate::wire::present"', 'skip_serializing_if = "Option::is_none"'];
    case 'lenient':
      return [...renamed, 'default, skip_serializing_if = "Option::is_none"'];
    default:
      return form satisfies never;
  }
}

/** What the name says of the payload is known once both are read. */
function printCarrier(type: string, form: string, members: readonly Member[]): readonly string[] {
  const plain = members.map((member): Member => (member.carries === 'payload' ? { ...member, type: 'Map<String, Value>' } : member));
  const name = members.find(({ carries }) => carries === 'name');
  const payload = members.find(({ carries }) => carries === 'payload');
  if (name === undefined || payload === undefined) throw new Error(`${type} carries an event without its name`);
  const read = name.form === 'required' ? `&form.${name.name}` : `form.${name.name}.as_ref()`;
  const how = payload.form === 'required' ? 'of' : 'if_any';
  return [
    '#[derive(Deserialize)]',
    ...printStruct('', form, plain, () => []),
    '',
    `impl TryFrom<${form}> for ${type} {`,
    '    type Error = serde_json::Error;',
    '',
    ...printFunction('fn try_from', [`form: ${form}`], 'Result<Self, Self::Error>', [
      `let ${payload.name} = ${payload.type}::${how}(${read}, form.${payload.name})?;`,
      'Ok(Self {',
      ...members.map((member) => (member === payload ? `    ${member.name},` : `    ${member.name}: form.${member.name},`)),
      '})',
    ]),
    '}',
    '',
  ];
}

/** How a value of a type is given, and what is kept of it. */
function given({ type, field }: Member, name: string): { readonly parameter: string; readonly kept: string } {
  const [, element] = /^Vec<(.*)>$/.exec(type) ?? [];
  if (element === 'String')
    return { parameter: 'impl IntoIterator<Item = impl Into<String>>', kept: `${name}.into_iter().map(Into::into).collect()` };
  if (element !== undefined && field.list)
    return { parameter: `impl IntoIterator<Item = ${element}>`, kept: `${name}.into_iter().collect()` };
  if (type === 'String' || type === 'Value') return { parameter: `impl Into<${type}>`, kept: `${name}.into()` };
  return { parameter: type, kept: name };
}

/** Requests grow, so they are not written as literals. */
function printBuilder(type: string, members: readonly Member[]): readonly string[] {
  const required = members.filter(({ form }) => form === 'required');
  const others = members.filter(({ form }) => form !== 'required');
  const first = required.map((member) => ({ member, ...given(member, member.name) }));
  const body =
    required.length === 0
      ? ['Self::default()']
      : [
          'Self {',
          ...members.map((member) => {
            const kept = first.find((one) => one.member === member)?.kept ?? 'None';
            return `    ${kept === member.name ? member.name : `${member.name}: ${kept}`},`;
          }),
          '}',
        ];
  return [
    `impl ${type} {`,
    `    /// ${required.length === 0 ? 'With nothing set.' : 'With what it must have.'}`,
    ...printFunction(
      'pub fn new',
      first.map(({ member, parameter }) => `${member.name}: ${parameter}`),
      'Self',
      body,
    ),
    ...others.flatMap((member) => {
      const { parameter, kept } = given(member, member.name);
      return [
        '',
        doc(member.field.comment, '    '),
        '    #[must_use]',
        ...printFunction(`pub fn ${member.name}`, ['mut self', `${member.name}: ${parameter}`], 'Self', [
          `self.${member.name} = Some(${kept});`,
          'self',
        ]),
      ];
    }),
    '}',
    '',
  ];
}

function printUnion(type: string, message: MessageModel, { member, forms }: UnionModel, surface: Surface): readonly string[] {
  const unknown = unknownVariant(forms.map(({ value }) => pascalCase(value)));
  return [
    'crate::open_union! {',
    doc(message.comment, '    '),
    `    pub enum ${type} by ${quoted(member)} or ${unknown} {`,
    ...forms.flatMap(({ value, comment, of }) => [
      doc(comment, '        '),
      `        ${pascalCase(value)}(${surface.name(of, message.package)}) = ${quoted(value)},`,
    ]),
    '    }',
    '}',
    '',
  ];
}

function printEvents({ events }: Surface, names: ModuleNames): readonly string[] {
  if (events.length === 0) return [];
  const known = events.map(({ message, facts }) => ({ message, wire: facts.name, variant: pascalCase(facts.name) }));
  names.give(nameType, 'the names of events');
  names.give(payloadType, 'what events say');
  return [
    ...openEnum(
      nameType,
      'Dotted name of an event.',
      known.map(({ message, wire, variant }) => ({ name: variant, wire, comment: message.comment })),
    ),
    'crate::event_payload! {',
    '    /// What an event says: the message of its name.',
    `    pub enum ${payloadType} of ${nameType} or ${unknownVariant(known.map(({ variant }) => variant))} {`,
    ...known.flatMap(({ message, variant }) => [doc(message.comment, '        '), `        ${variant}(${message.name}),`]),
    '    }',
    '}',
    '',
  ];
}
