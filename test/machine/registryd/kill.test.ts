import t from 'tap';
import type { RegistryConnection } from '../../../clients/typescript/registry.ts';
import { seeded } from '../../support/random.ts';
import { startDaemon, temporaryDirectory } from './daemon.ts';

const rounds = Number(process.env['REGISTRYD_KILLS'] ?? 300);
const names = 8;
/** Longest time between the first write of a round and the kill. */
const longestMs = 25;

/** What was sent and what was acknowledged, by the number written. */
interface Ledger {
  sent: number;
  readonly acknowledged: number[];
  pairAcknowledged: number;
}

/** Writes rising numbers until the connection breaks: each value by itself, and two that only ever change together. */
async function writeOn(registry: RegistryConnection, ledger: Ledger): Promise<void> {
  for (;;) {
    ledger.sent += 1;
    const number = ledger.sent;
    const single = registry.set({ path: 'Machine\\Kill', name: `v${number % names}`, type: 'DWORD', data: number });
    const [, { transaction }] = await Promise.all([single, registry.begin()]);
    ledger.acknowledged[number % names] = number;
    await Promise.all(
      ['left', 'right'].map((name) => registry.set({ path: 'Machine\\Kill', name, type: 'DWORD', data: number, transaction })),
    );
    await registry.commit({ transaction });
    ledger.pairAcknowledged = number;
  }
}

async function contents(registry: RegistryConnection): Promise<Record<string, number>> {
  const { values } = await registry.queryAll({ path: 'Machine\\Kill' });
  return Object.fromEntries(values.map(({ name, data }) => [name, Number(data)]));
}

t.test(
  `${rounds} times killed in the middle of writes, registryd has lost nothing it acknowledged and no half of a transaction`,
  async (t) => {
    const directory = temporaryDirectory(t);
    const random = seeded();
    t.comment(`PEINIT_SEED=${random.seed}`);
    const ledger: Ledger = { sent: 0, acknowledged: Array.from({ length: names }, () => 0), pairAcknowledged: 0 };
    const wrong: string[] = [];
    let slowest = 0;
    for (let round = 0; round <= rounds; round += 1) {
      const daemon = await startDaemon(t, directory);
      slowest = Math.max(slowest, daemon.readyMs);
      const registry = await daemon.connect();
      if (round === 0) await registry.create({ path: 'Machine\\Kill' });
      const found = await contents(registry);
      for (const [index, acknowledged] of ledger.acknowledged.entries()) {
        const value = found[`v${index}`] ?? 0;
        if (value < acknowledged || value > ledger.sent)
          wrong.push(`round ${round}: v${index} is ${value}, acknowledged was ${acknowledged}`);
      }
      if (found['left'] !== found['right']) wrong.push(`round ${round}: ${found['left']} beside ${found['right']}`);
      if ((found['left'] ?? 0) < ledger.pairAcknowledged) wrong.push(`round ${round}: the pair ${ledger.pairAcknowledged} is lost`);
      if (round === rounds) {
        t.same(await daemon.stop(), { code: 0, signal: null });
        break;
      }
      const writing = writeOn(registry, ledger).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, random.fraction() * longestMs));
      daemon.signal('SIGKILL');
      await Promise.all([daemon.ended, writing]);
    }
    t.same(wrong, []);
    t.ok(ledger.pairAcknowledged > rounds, `${ledger.pairAcknowledged} transactions acknowledged; slowest start ${slowest.toFixed(0)} ms`);
  },
);
