/** gen/PACKAGE/check.ts: validators of the JSON messages, compiled by typebox here so that nothing is compiled at run time. */
import { Build } from 'typebox/schema';
import { eventsIn, maxSafe, presenceOf, reachable, requestMessages } from '../../derive.ts';
import type { Shape } from '../../json-shape.ts';
import { expectation, memberShape, messageShape } from '../../json-shape.ts';
import type { FieldModel, MessageModel, SchemaModel, UnionModel } from '../../model.ts';
import type { PrintedFile } from '../../printed-file.ts';
import { sourceOf } from '../../printed-file.ts';
import { Imports } from './imports.ts';
import { doc, typescriptFile } from './language.ts';
import { access, literal, memberName } from './literals.ts';

export function printChecks(schema: SchemaModel): readonly PrintedFile[] {
  const requests = requestMessages(schema);
  return schema.packages.flatMap((one) => {
    const messages = one.messages.filter(({ kind }) => kind === 'json');
    return messages.length === 0 ? [] : [typescriptFile(`gen/${one.name}/check.ts`, sourceOf(one), body(messages, requests))];
  });
}

const guard = `/** What the compiled checks call: lengths count UTF-16 units. */
const Guard = { CodePointCount: (text) => text.length };
`;

function body(messages: readonly MessageModel[], requests: ReadonlySet<MessageModel>): readonly string[] {
  const imports = new Imports();
  const asked = messages.filter((message) => requests.has(message));
  const functions = messages.flatMap((message) => [
    doc(`Whether a value is of type {@link ${message.name}}; unknown members are ignored.`),
    `export const is${message.name}: ` +
      `(value: unknown) => value is ${imports.type('./types.ts', message.name)} = ` +
      `${message.union === null ? compile(messageShape(message, requests.has(message)), message) : chosen(message.union)};`,
    '',
  ]);
  const tables = asked.flatMap((message) => [
    `  ${message.name}: [`,
    ...message.fields.map((field) => `    ${memberRow(message, field)},`),
    '  ],',
  ]);
  const members = (): readonly string[] => [
    '/** The members of the requests and of what is nested in them, in the order of the schema. */',
    `export const requestMembers: { readonly [M in ${asked.map(({ name }) => literal(name)).join(' | ')}]: ` +
      `readonly ${imports.type('../options/rows.ts', 'RequestMember')}[] } = {`,
    ...tables,
    '};',
  ];
  const events = eventsIn(messages);
  const payloads = (name = imports.type('./events.ts', 'EventName'), says = imports.type('./events.ts', 'EventPayloads')) => [
    '/** Whether a value is what an event of that name says. */',
    `export const isPayload: { readonly [N in ${name}]: (value: unknown) => value is ${says}[N] } = {`,
    ...events.map(({ message, facts }) => `  ${memberName(facts.name)}: is${message.name},`),
    '};',
  ];
  const printed = [...functions, ...(asked.length === 0 ? [] : members()), ...(events.length === 0 ? [] : payloads())];
  const measured = [...reachable(messages)].some(({ fields }) => fields.some(({ wire }) => wire !== null && wire.maxLength > 0));
  return [
    '// @ts-nocheck: the function bodies are the output of typebox; the exported signatures are typed.',
    ...imports.lines(),
    '',
    ...(measured ? [guard] : []),
    ...printed,
  ];
}

/** A function that looks at the one form that the value says it has. */
const chosen = ({ member, forms }: UnionModel): string => {
  const cases = forms.map(({ value, of }) => `case ${literal(value)}: return is${of.name}(value);`);
  return `(value) => { switch (${access('value?', member)}) { ${cases.join(' ')} default: return false; } }`;
};

/** An expression that makes the checking function, with its regular expressions in its own scope. */
function compile(shape: Shape, message: MessageModel): string {
  const built = Build(shape);
  const functions = exactBounds(built.Functions().join('; '), shape, message);
  if (built.UseUnevaluated() || /\bHashing\./.test(functions)) throw new Error(`message ${message.name} needs the runtime of typebox`);
  const external = built.External();
  const patterns = external.variables.map((variable) => {
    if (!(variable instanceof RegExp)) throw new Error(`message ${message.name} needs ${typeof variable} from the runtime of typebox`);
    return String(variable);
  });
  const scope = patterns.length === 0 ? '' : `const ${external.identifier} = [${patterns.join(', ')}]; `;
  return `/* @__PURE__ */ (() => { ${scope}${functions}; return (value) => ${built.Entry()}; })()`;
}

/**
 * Bounds beyond 2^53 as bigint, which compare exactly with numbers as well; typebox writes them as numbers, which would be rounded.
 * Whatever else looks like one of them in its output is not let through.
 */
function exactBounds(functions: string, shape: Shape, message: MessageModel): string {
  let mended = 0;
  const exact = functions.replaceAll(/([<>]=?) (-?\d{16,})\b/g, (whole, operator: string, digits: string) => {
    if (!isWide(BigInt(digits))) return whole;
    mended += 1;
    return `${operator} ${digits}n`;
  });
  if (mended !== wideBounds(shape)) throw new Error(`typebox wrote the bounds of message ${message.name} in another form than before`);
  return exact;
}

const isWide = (bound: bigint): boolean => bound > maxSafe || bound < -maxSafe;

const wideBounds = (shape: unknown): number => {
  if (typeof shape === 'bigint') return isWide(shape) ? 1 : 0;
  if (typeof shape !== 'object' || shape === null) return 0;
  return Object.values(shape).reduce<number>((sum, inner) => sum + wideBounds(inner), 0);
};

function memberRow(message: MessageModel, field: FieldModel): string {
  const presence = presenceOf(field);
  const shape = memberShape(field, true);
  // A shape without a word takes everything, and so undefined too.
  const check = Object.keys(shape).length === 0 ? '(value) => value !== undefined' : compile(shape, message);
  const absent = presence === 'required' ? check : `/* @__PURE__ */ ((check) => (value) => value === undefined || check(value))(${check})`;
  const nested = field.type.kind === 'message' ? literal(field.type.of.name) : 'null';
  return (
    `{ name: ${literal(field.member)}, presence: ${literal(presence)}, expected: ${literal(expectation(field))}, ` +
    `message: ${nested}, check: ${absent} }`
  );
}
