/** Numbers: never the same for two, whatever happens around them. */
import t from 'tap';
import { largeIds, smallIds } from '../../../src/authority/id-range.ts';
import { createRandom } from '../../support/random.ts';
import { World } from './support.ts';

const ids = (world: World): readonly (readonly [string, unknown])[] =>
  Object.entries(world.keys['Ids'] ?? {}).filter(([name]) => name !== 'NextId');

t.test('O-79 no number is given twice: accounts come and go, strangers take numbers, the counter is lost', async (t) => {
  for (let seed = 1; seed <= 40; seed++) {
    const random = createRandom(seed);
    const world = new World();
    const owners = new Map<number, string>();
    const rids = new Map<number, object>();
    for (let step = 0; step < 60; step++) {
      const name = `n${random.below(12)}`;
      const kind = random.below(8);
      if (kind === 0) world.keys[`Accounts\\${name}`] ??= {};
      else if (kind === 1) delete world.keys[`Accounts\\${name}`];
      else if (kind === 2) world.passwd += `s${step}:x:${40_000 + random.below(90)}:100::/:/bin/sh\n`;
      else if (kind === 3 && world.keys['Ids'] !== undefined && random.chance(0.3)) delete world.keys['Ids']?.['NextId'];
      else world.refusal(random.pick(['LocalService', 'NetworkService', name]), random.pick([null, 'web', 'db', name]));
      for (const [subject, id] of ids(world)) {
        const owner = owners.get(id as number);
        if (owner !== undefined && owner !== subject) t.fail(`seed ${seed}: ${id} is of ${owner} and of ${subject}`);
        owners.set(id as number, subject);
      }
      for (const [path, values] of Object.entries(world.keys)) {
        const rid = values['Rid'];
        if (typeof rid !== 'number') continue;
        if (rids.has(rid) && rids.get(rid) !== values) t.fail(`seed ${seed}: Rid ${rid} is given to ${path} again`);
        rids.set(rid, values);
      }
    }
    t.ok(owners.size > 5, `seed ${seed} gave ${owners.size} numbers`);
  }
});

t.test('O-79 an account that is made anew is another one', async (t) => {
  const world = new World({ 'Accounts\\app': {} });
  const before = world.ask('app').spec;
  delete world.keys['Accounts\\app'];
  world.keys['Accounts\\app'] = {};
  const after = world.ask('app').spec;
  t.not(after.token.user, before.token.user);
  t.not(after.uid, before.uid);
});

t.test('the same registry and files give the same numbers', async (t) => {
  const run = (): unknown => {
    const world = new World({ 'Accounts\\app': {} }, 'x:x:40001:1::/:/bin/sh\n');
    return ['LocalService', 'app', 'NetworkService'].map((identity) => world.ask(identity, 'web').spec);
  };
  t.strictSame(run(), run());
});

t.test('O-79 the small range comes first, then the large one where it is there, and no tag is ever given', async (t) => {
  const world = new World({ Ids: { NextId: smallIds.last } });
  t.strictSame(world.refusal('LocalService', 'a')?.code, 'IDS_EXHAUSTED');
  world.rules = { ...world.rules, isMapped: () => true };
  t.strictSame([world.ask('LocalService', 'a').spec.uid, world.ask('LocalService', 'a').spec.gid], [smallIds.last, largeIds.first]);
  t.equal(world.ask('LocalService', 'b').spec.uid, largeIds.first + 1);
  const narrow = new World();
  narrow.rules = { isMapped: () => false, isTag: (gid) => gid < 40_005 };
  t.equal(narrow.ask('LocalService', 'a').spec.uid, 40_005);
});

t.test('O-79 a lost counter of relative ids goes on behind those that are there', async (t) => {
  const world = new World({ 'Accounts\\old': { Rid: 1050 }, 'Accounts\\app': {} });
  t.equal(world.ask('app').spec.token.user, 'S-1-5-21-1-2-3-1051');
});
