/** One transaction for all of it; SIGTERM takes it back. */
import { writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';

const database = new DatabaseSync('/var/lib/application/data.db');
database.exec('CREATE TABLE IF NOT EXISTS row (id INTEGER); BEGIN');
let asked = false;
process.once('SIGTERM', () => {
  asked = true;
});
const insert = database.prepare('INSERT INTO row VALUES (?)');
for (let id = 0; id < 1_000_000 && !asked; id++) {
  insert.run(id);
  if (id === 100) writeFileSync('/run/migration/begun', '');
  if (id % 100 === 0) await pause(10);
}
database.exec(asked ? 'ROLLBACK' : 'COMMIT');
database.close();
writeFileSync('/var/lib/application/outcome', asked ? 'rolled back\n' : 'done\n');
process.exit(asked ? 75 : 0);
