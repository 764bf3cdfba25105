/**
 * Prints a store as SQL, for the stores here of versions that were: dump.ts FILE. Each was written by the daemons of its time, on a machine
 * with the registry of hello.yaml, and is never made anew: a change of the tables needs another version, and another file beside.
 */
import { DatabaseSync } from 'node:sqlite';

const database = new DatabaseSync(process.argv[2] ?? '', { readOnly: true });
const pragmas = ['page_size', 'auto_vacuum', 'application_id', 'user_version'] as const;

function literal(value: unknown): string {
  if (value instanceof Uint8Array) return `x'${Buffer.from(value).toString('hex')}'`;
  return typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value ?? 'NULL');
}

for (const name of pragmas) console.log(`PRAGMA ${name} = ${Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0]};`);
const parts = database
  .prepare("SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY rowid")
  .all();
for (const { sql } of parts) console.log(`${sql};`);
for (const { type, name } of parts) {
  if (type !== 'table') continue;
  const rows = database.prepare(`SELECT * FROM "${name}"`);
  rows.setReadBigInts(true);
  for (const row of rows.all()) console.log(`INSERT INTO "${name}" VALUES (${Object.values(row).map(literal).join(', ')});`);
}
