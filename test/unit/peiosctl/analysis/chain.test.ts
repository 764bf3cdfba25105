import t from 'tap';
import { chainOf, lastService } from '../../../../clients/peiosctl/analysis/chain.ts';
import { arrivalOf, formatMicroseconds, ownTime, partsOf, phasesOf } from '../../../../clients/peiosctl/analysis/timeline.ts';
import { createRandom } from '../../../support/random.ts';
import { serviceOf } from '../../../support/timeline-service.ts';
import { begin, bootOf, randomBoot } from './boots.ts';

t.test('O-148 each link of a chain let the one before it go, and the times of all come to when the first was up', async (t) => {
  for (let seed = 1; seed <= 40; seed++) {
    const boot = randomBoot(createRandom(seed), 1 + (seed % 30));
    for (const service of boot.services) {
      const chain = chainOf(boot, service);
      for (const [index, link] of chain.entries()) {
        const next = chain[index + 1];
        const released = next?.service.released_us ?? next?.service.ended_us ?? begin;
        t.equal(link.service.freed_us, released, `seed ${seed}`);
        t.equal((link.at ?? 0) - link.took, released, `seed ${seed}`);
      }
      t.equal(chain[0]?.service, service);
      t.equal(new Set(chain.map((link) => link.service)).size, chain.length);
    }
    const last = Math.max(...boot.services.map((service) => arrivalOf(service) ?? 0));
    t.equal(arrivalOf(lastService(boot) ?? serviceOf('none')), last, `seed ${seed}`);
  }
});

t.test('O-148 the parts of a service follow each other and come to the whole', async (t) => {
  for (let seed = 1; seed <= 40; seed++) {
    const boot = randomBoot(createRandom(seed), 20);
    for (const service of boot.services) {
      const parts = partsOf(service, boot.now_us);
      const ends = [begin, ...parts.map(({ to }) => to)];
      t.strictSame(
        parts.map(({ from }) => from),
        ends.slice(0, -1),
        `seed ${seed}`,
      );
      t.equal(ends.at(-1), service.released_us ?? service.ended_us, `seed ${seed}`);
      t.ok((ownTime(service, boot.now_us) ?? -1) >= 0);
    }
  }
});

t.test('O-148 chains that go round end, and one that is on its way counts until now', async (t) => {
  const one = serviceOf('one', { asked_us: begin, freed_us: begin, freed_by: 'two', up_us: begin + 5 });
  const two = serviceOf('two', { asked_us: begin, freed_us: begin, freed_by: 'one', launched_us: begin });
  const boot = bootOf([one, two], { settled_us: null, now_us: begin + 100 });
  t.strictSame(
    chainOf(boot, two).map(({ service, at, took }) => [service.service, at, took]),
    [
      ['two', null, 100],
      ['one', begin + 5, 5],
    ],
  );
  t.equal(lastService(boot), two);
  t.strictSame(partsOf(two, boot.now_us), [{ name: 'hooks', from: begin, to: begin + 100, isOpen: true }]);
  t.strictSame(chainOf(boot, serviceOf('three')), []);
});

t.test('O-148 phases follow each other from the kernel to the end', async (t) => {
  const shown = phasesOf(bootOf([])).map(({ name, from, to }) => [name, from, to]);
  t.strictSame(shown, [
    ['kernel', -400_000, 0],
    ['phase 1', 0, 50_000],
    ['registryd', 50_000, 240_000],
    ['provision', 240_000, 250_000],
    ['definitions', 250_000, begin],
    ['services', begin, begin],
  ]);
  t.strictSame(phasesOf(bootOf([], { kernel_us: null, steps: [] })), []);
});

t.test('O-148 spans are told in units that fit', async (t) => {
  const told = [0, 999, 1_000, 12_345, 99_949, 99_950, 812_400, 999_500, 1_234_567, 59_999_499, 60_000_000, 3_723_400_000, -5];
  t.strictSame(told.map(formatMicroseconds), [
    '0 us',
    '999 us',
    '1.0 ms',
    '12.3 ms',
    '99.9 ms',
    '100 ms',
    '812 ms',
    '1.000 s',
    '1.235 s',
    '59.999 s',
    '1 min 0.0 s',
    '62 min 3.4 s',
    '-5 us',
  ]);
});
