import t from 'tap';
import { live } from './random-life.ts';

/** PEINIT_SEED=n runs one life and shows its console; PEINIT_RUNS=n runs that many. */
const { PEINIT_SEED, PEINIT_RUNS } = process.env;
const runs = Number(PEINIT_RUNS ?? 16);
const firstSeed = PEINIT_SEED === undefined ? Date.now() % 1_000_000 : Number(PEINIT_SEED);

t.setTimeout(runs * 60_000);

t.test(
  'SIG-002 SIG-006 CTL-014 CTL-016 WIRE-038 OPC-021 ST-054 DEF-065 SHUT-012 SHUT-013 whatever fails and whoever is rude, ' +
    'PID 1 answers each request once and in order, leaves no process and no descriptor behind, and ends in time',
  async (t) => {
    const modes = new Map<string, number>();
    const seen = new Set<string>();
    for (let seed = firstSeed; seed < firstSeed + (PEINIT_SEED === undefined ? runs : 1); seed++) {
      const life = live(seed);
      modes.set(life.mode, (modes.get(life.mode) ?? 0) + 1);
      for (const kind of life.seen) seen.add(kind);
      t.equal(life.violation, null, `PEINIT_SEED=${seed}`);
      t.comment(
        `${life.mode}: ${life.answered} answers, ${life.started} processes, ${life.jobs} ended jobs, ` +
          `${life.faults} failed calls, ${life.hangs} hanging processes`,
      );
      if (PEINIT_SEED !== undefined) t.comment(life.console);
      if (life.violation !== null) break;
    }
    t.comment(`${[...modes].map(([mode, count]) => `${count} ${mode}`).join(', ')}; ${seen.size} kinds of answers`);
    if (PEINIT_SEED === undefined) {
      t.ok((modes.get('full') ?? 0) >= runs / 4, 'most machines come up');
      for (const kind of ['start active', 'stop inactive', 'restart active', 'start failed', 'reload INVALID_STATE', 'list ok'])
        t.ok(seen.has(kind), `an answer of the kind ${kind}`);
    }
  },
);

t.test('a life replays exactly', async (t) => {
  const [one, other] = [live(7, 0.5), live(7, 0.5)];
  t.equal(one.console, other.console);
  t.equal(one.turns, other.turns);
  t.ok(one.turns > 100);
});
