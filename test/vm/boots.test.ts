import t from 'tap';
import { bootInARow, cameUp } from '../../bin/vm/boots.ts';
import { cannotBoot } from '../support/vm.ts';

t.setTimeout(600_000);

t.test('a machine that is booted again and again comes up every time', { skip: cannotBoot() }, async (t) => {
  for (const boot of await bootInARow(2)) t.ok(cameUp(boot), boot.console);
});
