/** gen/PACKAGE/parts.ts: answers that come as several lines, put together again. */
import { partsOf, wireNameOf } from '../../derive.ts';
import type { MethodModel, SchemaModel } from '../../model.ts';
import { pascalCase } from '../../names.ts';
import type { PrintedFile } from '../../printed-file.ts';
import { sourceOf } from '../../printed-file.ts';
import { typescript, typescriptFile } from './language.ts';
import { access } from './literals.ts';

export function printParts(schema: SchemaModel): readonly PrintedFile[] {
  return schema.packages.flatMap((one) => {
    const printed = one.services.flatMap(({ methods }) => methods.flatMap(printJoin));
    return printed.length === 0 ? [] : [typescriptFile(`gen/${one.name}/parts.ts`, sourceOf(one), ['', ...printed])];
  });
}

/** Open in what an element and its inner list hold, since readers may have decoded them already. */
function printJoin(method: MethodModel): readonly string[] {
  const parts = partsOf(method);
  if (parts === null || parts.join === null) return [];
  const name = wireNameOf(method);
  const { member } = typescript.names;
  const [list, key, inner] = [parts.list.member, parts.join.key.member, parts.join.inner.member];
  const [lastKey, nextKey, lastInner, nextInner] = [key, key, inner, inner].map((of, index) =>
    access(index % 2 === 0 ? 'last' : 'next', of),
  );
  return [
    `/** Adds the ${list} of a further part of the answer to ${name}; the first one may continue the last one before it. */`,
    `export function add${pascalCase(name)}Part<Inner, Element extends { readonly ${member(key)}: string; ` +
      `readonly ${member(inner)}: readonly Inner[] }>(`,
    '  whole: Element[],',
    '  part: readonly Element[],',
    '): void {',
    '  const last = whole.at(-1);',
    '  for (const [index, next] of part.entries()) {',
    `    if (index > 0 || last === undefined || ${lastKey} !== ${nextKey}) whole.push(next);`,
    `    else whole[whole.length - 1] = { ...last, ${member(inner)}: [...${lastInner}, ...${nextInner}] };`,
    '  }',
    '}',
    '',
  ];
}
