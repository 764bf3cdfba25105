/** gen/PACKAGE/check.ts: validators of the JSON messages, compiled by typebox here so that nothing is compiled at run time. */
import { Build } from 'typebox/schema';
import type { Shape } from '../json-shape.ts';
import { expectation, memberShape, messageShape } from '../json-shape.ts';
import type { FieldModel, MessageModel, PackageModel, SchemaModel } from '../model.ts';
import { presenceOf } from '../model.ts';
import { literal } from '../names.ts';
import type { PrintedFile } from '../print.ts';
import { doc, generatedMark, maxSafe, sourceOf } from '../print.ts';
import { requestMessages } from './types.ts';

export function printChecks(schema: SchemaModel): readonly PrintedFile[] {
  const requests = requestMessages(schema);
  return schema.packages.flatMap((one) => {
    const messages = one.messages.filter(({ kind }) => kind === 'json');
    return messages.length === 0 ? [] : [{ path: `gen/${one.name}/check.ts`, content: body(one, messages, requests) }];
  });
}

const guard = `/** What the compiled checks call: lengths count UTF-16 units. */
const Guard = { CodePointCount: (text) => text.length };
`;

function body(one: PackageModel, messages: readonly MessageModel[], requests: ReadonlySet<MessageModel>): string {
  const asked = messages.filter((message) => requests.has(message));
  const functions = messages.flatMap((message) => [
    doc(`Whether a value is of type {@link ${message.name}}; unknown members are ignored.`),
    `export const is${message.name}: (value: unknown) => value is ${message.name} = ${compile(messageShape(message, requests.has(message)), message)};`,
    '',
  ]);
  const tables = asked.flatMap((message) => [
    `  ${message.name}: [`,
    ...message.fields.map((field) => `    ${memberRow(message, field)},`),
    '  ],',
  ]);
  const table = [
    '/** The members of the requests and of what is nested in them, in the order of the schema. */',
    `export const requestMembers: { readonly [M in ${asked.map(({ name }) => literal(name)).join(' | ')}]: readonly RequestMember[] } = {`,
    ...tables,
    '};',
  ];
  const printed = [...functions, ...(asked.length === 0 ? [] : table)];
  return [
    `// ${generatedMark(sourceOf(one))}`,
    '// @ts-nocheck: the function bodies are the output of typebox; the exported signatures are typed.',
    ...(asked.length === 0 ? [] : ["import type { RequestMember } from '../options/rows.ts';"]),
    `import type { ${messages
      .map(({ name }) => name)
      .sort()
      .join(', ')} } from './types.ts';`,
    '',
    ...(printed.some((line) => line.includes('Guard.')) ? [guard] : []),
    ...printed,
  ]
    .join('\n')
    .trimEnd();
}

/** An expression that makes the checking function, with its regular expressions in its own scope. */
function compile(shape: Shape, message: MessageModel): string {
  const built = Build(shape);
  const functions = exactBounds(built.Functions().join('; '));
  if (built.UseUnevaluated() || /\bHashing\./.test(functions)) throw new Error(`message ${message.name} needs the runtime of typebox`);
  const external = built.External();
  const patterns = external.variables.map((variable) => {
    if (!(variable instanceof RegExp)) throw new Error(`message ${message.name} needs ${typeof variable} from the runtime of typebox`);
    return String(variable);
  });
  const scope = patterns.length === 0 ? '' : `const ${external.identifier} = [${patterns.join(', ')}]; `;
  return `/* @__PURE__ */ (() => { ${scope}${functions}; return (value) => ${built.Entry()}; })()`;
}

/** Bounds beyond 2^53 as bigint, which compare exactly with numbers as well; as numbers they would be rounded. */
const exactBounds = (functions: string): string =>
  functions.replaceAll(/([<>]=?) (-?\d{16,})\b/g, (whole, operator: string, digits: string) => {
    const bound = BigInt(digits);
    return bound > maxSafe || bound < -maxSafe ? `${operator} ${digits}n` : whole;
  });

function memberRow(message: MessageModel, field: FieldModel): string {
  const presence = presenceOf(field);
  const check = compile(memberShape(field, true), message);
  const absent = presence === 'required' ? check : `/* @__PURE__ */ ((check) => (value) => value === undefined || check(value))(${check})`;
  const nested = field.type.kind === 'message' ? literal(field.type.of.name) : 'null';
  return `{ name: ${literal(field.member)}, presence: ${literal(presence)}, expected: ${literal(expectation(field))}, message: ${nested}, check: ${absent} }`;
}
