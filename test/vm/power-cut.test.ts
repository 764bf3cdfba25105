import t from 'tap';
import { cutPower } from '../../bin/vm/powercut/main.ts';
import { seeded } from '../support/random.ts';
import { cannotBoot, needsRecovery } from '../support/vm.ts';

const cuts = 6;
t.setTimeout(1_200_000);

t.test(
  'BOOT-069 whenever the power is cut, the boot counter, the registry and the records of timers are what they were or what they were to be',
  { skip: cannotBoot() },
  async (t) => {
    const { seed } = seeded();
    let [boots, found] = [0, 0];
    await cutPower(cuts, seed, (boot, moment, number, image) => {
      boots++;
      if (boot.found !== null) found++;
      const what = moment === null ? 'not cut' : `cut ${moment.delayMs} ms after ${moment.name}`;
      t.strictSame(boot.problems, [], `boot ${number} of seed ${seed}, ${what}; its console:\n${boot.console}`);
      t.equal(needsRecovery(image), moment !== null, `boot ${number} left its disk ${moment === null ? 'clean' : 'as it was'}`);
    });
    t.equal(boots, cuts + 1);
    t.ok(found > 0, 'the last boot at least has looked');
  },
);
