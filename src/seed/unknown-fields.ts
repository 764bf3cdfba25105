import { definitionFields } from '../../gen/definition/facts.ts';
import { foldName } from '../registry/folding.ts';
import { fieldAt, isServiceKey } from './fields.ts';
import { nearest } from './nearest.ts';

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
          const meant = nearest(name, fieldNames, foldName);
          const hint = meant === null ? '' : `; is ${meant} meant?`;
          return `${path.join('\\')}: ${JSON.stringify(name)} is no field of a service and is ignored${hint}`;
        }),
    );
  return all.length <= most ? all : [...all.slice(0, most), `${all.length - most} more values are no fields of services and are ignored`];
}

const most = 10;

const fieldNames = Object.values(definitionFields).map(({ name }) => name);
