/** gen/NAME.schema.json for each file that people write: editors complete and check it, and a reader refuses the rest. */
import { isSafe, presenceOf } from '../../derive.ts';
import type { Shape } from '../../json-shape.ts';
import { memberShape } from '../../json-shape.ts';
import type { FieldModel, MessageModel, SchemaModel } from '../../model.ts';
import type { PrintedFile } from '../../printed-file.ts';
import { generatedMark } from '../../printed-file.ts';

export const printDocumentSchemas = (schema: SchemaModel): readonly PrintedFile[] =>
  schema.packages
    .flatMap(({ messages }) => messages.filter(({ document }) => document !== ''))
    .map((message) => ({ path: `gen/${message.document}.schema.json`, content: JSON.stringify(documentSchema(message), null, 2) }));

/** Each message once, under its name; what is not declared is refused. */
function documentSchema(root: MessageModel): Shape {
  const defined = new Map<string, Shape>();
  const refer = (message: MessageModel): Shape => {
    if (!defined.has(message.name)) {
      defined.set(message.name, {});
      defined.set(message.name, strictShape(message, refer));
    }
    return { $ref: `#/$defs/${message.name}` };
  };
  const { $ref } = refer(root);
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $comment: generatedMark(`peinit/${root.package}`),
    title: root.comment,
    $ref,
    $defs: Object.fromEntries(defined),
  };
}

type Refer = (message: MessageModel) => Shape;

/** A union is told by the value of its member, so that a reader can say which form has a wrong member. */
function strictShape(message: MessageModel, refer: Refer): Shape {
  const { union } = message;
  if (union === null) return objectShape(message, {}, refer);
  return {
    description: message.comment,
    oneOf: union.forms.map(({ value, of }) => objectShape(of, { [union.member]: { const: value } }, refer)),
  };
}

function objectShape(message: MessageModel, told: Readonly<Record<string, Shape>>, refer: Refer): Shape {
  const required = message.fields.filter((field) => presenceOf(field) === 'required').map(({ member }) => member);
  return {
    description: message.comment,
    type: 'object',
    properties: { ...told, ...Object.fromEntries(message.fields.map((field) => [field.member, fieldShape(field, refer)])) },
    required: [...Object.keys(told), ...required],
    additionalProperties: false,
  };
}

function fieldShape(field: FieldModel, refer: Refer): Shape {
  const { type, list, comment } = field;
  if (type.kind === 'integer' && !isSafe(field))
    throw new Error(`${field.source.file}:${field.source.line}: ${field.name} may be a number that readers of files round; give it a max`);
  if (type.kind !== 'message') return { description: comment, ...memberShape(field, true) };
  const one = refer(type.of);
  return list ? { description: comment, type: 'array', items: one } : { description: comment, ...one };
}
