/** clients/c/generated: all that the C library has of the schema. */
import type { SchemaModel } from '../../model.ts';
import type { PrintedFile } from '../../printed-file.ts';
import { printCommands } from './commands.ts';
import { printTables } from './tables.ts';
import { printTypes } from './types.ts';

export const printCLibrary = (schema: SchemaModel): readonly PrintedFile[] =>
  [printTypes, printTables, printCommands].flatMap((one) => one(schema));
