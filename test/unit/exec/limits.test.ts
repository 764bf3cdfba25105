import t from 'tap';
import type { LimitPowers } from '../../../src/exec/limits.ts';
import { limitsFor, oomScoreFor, probeLimitPowers } from '../../../src/exec/limits.ts';
import { errno } from '../../../src/kernel/errno.ts';

const sysResource = 1n << 24n;
const nofile = { soft: 1024n, hard: 4096n };
const oomFile = '/proc/self/oom_score_adj';

/** What a machine with these answers lets peinit do, and what was written to find out. */
function probe({ capabilities = sysResource, own = '0\n' as string | null, lower = 0 }) {
  const written: string[] = [];
  const powers = probeLimitPowers(
    {
      capabilities: () => capabilities,
      readFile: (path: string) => (path !== oomFile || own === null ? -errno.ENOENT : new TextEncoder().encode(own)),
      writeFile(path: string, data: string, options: object) {
        written.push(`${path} ${data} ${JSON.stringify(options)}`);
        return data === '-1000' ? lower : 0;
      },
    } as unknown as Parameters<typeof probeLimitPowers>[0],
    nofile,
  );
  return { powers, written };
}

const write = (score: string): string => `${oomFile} ${score} {"create":false}`;

t.test('EXEC-020 what can be done is probed, and the own score is put back', async (t) => {
  for (const [own, ownOom] of [
    ['0\n', 0],
    ['-500\n', -500],
    ['300\n', 300],
    ['nonsense', 0],
    [null, 0],
  ] as const) {
    const { powers, written } = probe({ own });
    t.strictSame(powers, { raiseHard: true, lowerOom: true, ownOom, inheritedNofile: nofile, warnings: [] });
    t.strictSame(written, [write('-1000'), write(String(ownOom))]);
  }
});

const hard = 'hard resource limits cannot be raised, so larger limits of services are cut';
const oom = 'oom_score_adj cannot be lowered, so critical services are not protected from the OOM killer';

t.test('EXEC-020 what cannot be done is told in one sentence with its reason', async (t) => {
  const lacking = probe({ capabilities: ~sysResource, lower: -errno.EACCES });
  t.strictSame(lacking.powers, {
    raiseHard: false,
    lowerOom: false,
    ownOom: 0,
    inheritedNofile: nofile,
    warnings: [`${hard}; ${oom} (no CAP_SYS_RESOURCE)`],
  });
  t.strictSame(lacking.written, [write('-1000')]);
  t.strictSame(probe({ capabilities: 0n }).powers.warnings, [`${hard} (no CAP_SYS_RESOURCE)`]);
  t.strictSame(probe({ lower: -errno.EACCES }).powers.warnings, [`${oom} (no CAP_SYS_RESOURCE)`]);
  const [readOnly] = probe({ lower: -errno.EROFS }).powers.warnings;
  t.match(readOnly, /^oom_score_adj cannot be lowered, .* \(EROFS/);
});

const powers = (change: Partial<LimitPowers> = {}): LimitPowers => ({
  raiseHard: true,
  lowerOom: true,
  ownOom: 0,
  inheritedNofile: nofile,
  warnings: [],
  ...change,
});

t.test('EXEC-022 EXEC-040 limits are those of the definition, and NOFILE is the inherited pair where it says nothing', async (t) => {
  t.strictSame(limitsFor({ nofile: null, core: null }, powers()), [{ resource: 7, ...nofile }]);
  t.strictSame(limitsFor({ nofile: null, core: null }, powers({ inheritedNofile: null })), []);
  t.strictSame(limitsFor({ nofile: 9000, core: 0 }, powers()), [
    { resource: 7, soft: 9000n, hard: 9000n },
    { resource: 4, soft: 0n, hard: 0n },
  ]);
});

t.test('EXEC-020 without the power to raise hard limits NOFILE is cut to the inherited one, if that is known', async (t) => {
  const nofileOf = (wanted: number, change: Partial<LimitPowers>) => limitsFor({ nofile: wanted, core: null }, powers(change));
  t.strictSame(nofileOf(9000, { raiseHard: false }), [{ resource: 7, soft: 4096n, hard: 4096n }]);
  t.strictSame(nofileOf(512, { raiseHard: false }), [{ resource: 7, soft: 512n, hard: 512n }]);
  t.strictSame(nofileOf(9000, { raiseHard: false, inheritedNofile: null }), [{ resource: 7, soft: 9000n, hard: 9000n }]);
});

t.test('EXEC-021 a critical service has -1000 and every other 0, as far as the score may be lowered; null inherits it', async (t) => {
  const scores = (change: Partial<LimitPowers>) => [true, false].map((critical) => oomScoreFor(critical, powers(change)));
  t.strictSame(scores({}), [-1000, null]);
  t.strictSame(scores({ ownOom: -1000 }), [null, 0]);
  t.strictSame(scores({ ownOom: 300 }), [-1000, 0]);
  t.strictSame(scores({ lowerOom: false }), [null, null]);
  t.strictSame(scores({ ownOom: 300, lowerOom: false }), [null, null]);
  t.strictSame(scores({ ownOom: -1000, lowerOom: false }), [null, 0]);
});
