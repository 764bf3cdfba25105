/** Everything a schema must hold before a single file is printed. One file of checks/ for each subject. */
import { checkComments } from './checks/comments.ts';
import { checkEvents } from './checks/events.ts';
import { checkFields } from './checks/fields.ts';
import { checkServices } from './checks/services.ts';
import { checkStores } from './checks/stores.ts';
import { checkTables } from './checks/tables.ts';
import type { SchemaModel } from './model.ts';
import type { Problem, Report } from './problems.ts';
import { SchemaError } from './problems.ts';

/** Throws a SchemaError that lists every problem. */
export function checkSchema(schema: SchemaModel): void {
  const problems: Problem[] = [];
  const report: Report = (source, sentence) => problems.push({ source, sentence });
  checkComments(schema, report);
  checkFields(schema, report);
  checkStores(schema, report);
  checkServices(schema, report);
  checkTables(schema, report);
  checkEvents(schema, report);
  if (problems.length > 0) throw new SchemaError(problems);
}
