/** Carries out the attack of the table that its argument names, as whom the row says. Says `begun` first. */
import { table } from './table.ts';

const attack = table.find(({ what }) => what === process.argv[2]);
if (attack === undefined) throw new Error(`there is no attack ${process.argv[2]}`);
if (attack.who === 'ordinary user') {
  process.setgroups?.([]);
  process.setgid?.(1001);
  process.setuid?.(1001);
}
process.stdout.write('begun\n');
await attack.run();
process.exit(0);
