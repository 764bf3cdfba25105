import { definitionFields } from '../../gen/definition/facts.ts';
import { foldName } from '../registry/folding.ts';
import { fieldAt, isServiceKey } from './fields.ts';

interface NamedValues {
  readonly path: readonly string[];
  readonly values: readonly { readonly name: string }[];
}

/** Values of services that are no field of a definition, which peinit ignores: one sentence each, with the field that may be meant. */
export function unknownFields(keys: readonly NamedValues[]): readonly string[] {
  const all = keys
    .filter(({ path }) => isServiceKey(path))
    .flatMap(({ path, values }) =>
      values
        .filter(({ name }) => fieldAt(path, name) === null)
        .map(({ name }) => {
          const meant = nearest(name);
          const hint = meant === null ? '' : `; is ${meant} meant?`;
          return `${path.join('\\')}: ${JSON.stringify(name)} is no field of a service and is ignored${hint}`;
        }),
    );
  return all.length <= most ? all : [...all.slice(0, most), `${all.length - most} more values are no fields of services and are ignored`];
}

const most = 10;

/** A typing error or two away. */
const longestDistance = 2;

function nearest(name: string): string | null {
  let best: string | null = null;
  let least = longestDistance + 1;
  for (const { name: field } of Object.values(definitionFields)) {
    const found = distance(foldName(name), foldName(field));
    if (found < least) [best, least] = [field, found];
  }
  return best;
}

/** Letters to add, remove, replace or swap with their neighbour to make one word of the other. */
function distance(from: string, to: string): number {
  let before: readonly number[] = [];
  let above: readonly number[] = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const line = [row];
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1];
      const swapped = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      line[column] = Math.min(
        (above[column] ?? 0) + 1,
        (line[column - 1] ?? 0) + 1,
        (above[column - 1] ?? 0) + (same ? 0 : 1),
        swapped ? (before[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    [before, above] = [above, line];
  }
  return above[to.length] ?? 0;
}
