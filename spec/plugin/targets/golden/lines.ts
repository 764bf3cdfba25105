/** gen/golden/PACKAGE/NAME.jsonl: examples of each line that crosses a socket, as it is written, for tests of other implementations. */
import type { LineKind } from '../../line-kinds.ts';
import { lineKinds } from '../../line-kinds.ts';
import type { SchemaModel } from '../../model.ts';
import type { PrintedFile } from '../../printed-file.ts';
import { exactText } from '../json/exact-text.ts';
import { examplesOf } from './messages.ts';
import type { Sample } from './samples.ts';

export const printGoldenLines = (schema: SchemaModel): readonly PrintedFile[] =>
  lineKinds(schema).map((kind) => ({
    path: `gen/golden/${kind.package.name}/${kind.name}.jsonl`,
    content: [...new Set(linesOf(schema, kind).map((line) => exactText(line, 0)))].join('\n'),
  }));

const linesOf = (schema: SchemaModel, { forms, written }: LineKind): readonly Sample[] =>
  forms.flatMap(({ message, envelope, told }, index): readonly Sample[] => {
    // A second form of an answer is that of another command, which has all of its examples.
    if (message !== null) return examplesOf({ schema, written, told }, message, envelope).slice(0, index === 0 ? undefined : 2);
    return envelope.fixed === null ? [] : [{ [envelope.fixed.member]: envelope.fixed.value }];
  });
