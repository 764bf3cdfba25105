/** gen/PACKAGE/facts.ts: the facts of the schema as plain frozen tables. */
import type { SchemaModel } from '../../model.ts';
import type { PrintedFile } from '../../printed-file.ts';
import { sourceOf } from '../../printed-file.ts';
import { enumTables } from './facts-of-enums.ts';
import { serviceTables } from './facts-of-services.ts';
import { storeTables } from './facts-of-stores.ts';
import { typescriptFile } from './language.ts';
import { Tables } from './tables.ts';

export function printFacts(schema: SchemaModel): readonly PrintedFile[] {
  return schema.packages.flatMap((one) => {
    const tables = new Tables(one);
    const printed = [...enumTables(tables), ...serviceTables(tables), ...storeTables(tables)];
    return printed.length === 0
      ? []
      : [typescriptFile(`gen/${one.name}/facts.ts`, sourceOf(one), [...tables.imports.lines(), '', freezer, ...printed])];
  });
}

const freezer = `/** Freezes a table with all that is in it. */
const freeze = <T>(table: T): T => {
  if (typeof table === 'object' && table !== null) for (const inner of Object.values(Object.freeze(table))) freeze(inner);
  return table;
};
`;
