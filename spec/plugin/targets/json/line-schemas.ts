/** gen/json-schema/PACKAGE/NAME.json: JSON Schema of each line that crosses a socket. */

import type { Shape } from '../../json-shape.ts';
import type { LineForm, LineKind } from '../../line-kinds.ts';
import { lineKinds } from '../../line-kinds.ts';
import type { SchemaModel } from '../../model.ts';
import type { PrintedFile } from '../../printed-file.ts';
import { generatedMark, sourceOf } from '../../printed-file.ts';
import { exactText } from './exact-text.ts';
import { Definitions } from './line-schema.ts';

export const printLineSchemas = (schema: SchemaModel): readonly PrintedFile[] =>
  lineKinds(schema).map((kind) => ({
    path: `gen/json-schema/${kind.package.name}/${kind.name}.json`,
    content: exactText(documentOf(schema, kind), 1),
  }));

function documentOf(schema: SchemaModel, { package: from, title, forms, written }: LineKind): Shape {
  const definitions = new Definitions(schema, written);
  const shapes = forms.map((form) => formShape(definitions, form));
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $comment: generatedMark(sourceOf(from)),
    title,
    ...(shapes.length === 1 ? shapes[0] : { anyOf: shapes }),
    $defs: definitions.all(),
  };
}

function formShape(definitions: Definitions, { message, envelope, told }: LineForm): Shape {
  if (message !== null) return definitions.line(message, told === null ? envelope : { ...envelope, fixed: told });
  const { fixed } = envelope;
  return fixed === null
    ? { type: 'object' }
    : { type: 'object', properties: { [fixed.member]: { const: fixed.value } }, required: [fixed.member] };
}
