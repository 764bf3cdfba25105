import { describeErrno, errno } from '../kernel/errno.ts';
import type { Files, ResourceLimit } from '../kernel/kernel.ts';
import type { ProcessSpec } from '../policy/effects.ts';

const RLIMIT_CORE = 4;
const RLIMIT_NOFILE = 7;
const oomFile = '/proc/self/oom_score_adj';
const criticalScore = -1000;
const capSysResource = 24n;

/** What this machine lets peinit do to the limits of its children; probed once at boot. EXEC-020, O-02. */
export interface LimitPowers {
  /** Hard limits may be raised. */
  readonly raiseHard: boolean;
  /** oom_score_adj may be lowered. */
  readonly lowerOom: boolean;
  /** peinit's own oom_score_adj, which children inherit. */
  readonly ownOom: number;
  /** NOFILE pair that peinit was started with. EXEC-040. */
  readonly inheritedNofile: { readonly soft: bigint; readonly hard: bigint } | null;
  /** One sentence that tells what is missing, or nothing. */
  readonly warnings: readonly string[];
}

export function probeLimitPowers(kernel: Files & { capabilities(): bigint }, inheritedNofile: LimitPowers['inheritedNofile']): LimitPowers {
  const raiseHard = ((kernel.capabilities() >> capSysResource) & 1n) === 1n;
  const content = kernel.readFile(oomFile, 32);
  const ownOom = content instanceof Uint8Array ? Number.parseInt(new TextDecoder().decode(content), 10) || 0 : 0;
  const probe = kernel.writeFile(oomFile, String(criticalScore), { create: false });
  const lowerOom = probe >= 0;
  if (lowerOom) kernel.writeFile(oomFile, String(ownOom), { create: false });
  const lacking: string[] = [];
  if (!raiseHard) lacking.push('hard resource limits cannot be raised, so larger limits of services are cut');
  if (!lowerOom) lacking.push('oom_score_adj cannot be lowered, so critical services are not protected from the OOM killer');
  const why = raiseHard && probe !== -errno.EACCES ? describeErrno(probe) : 'no CAP_SYS_RESOURCE';
  const warnings = lacking.length === 0 ? [] : [`${lacking.join('; ')} (${why})`];
  return { raiseHard, lowerOom, ownOom, inheritedNofile, warnings };
}

/** Limits of a child. EXEC-022. */
export function limitsFor({ nofile, core }: ProcessSpec['limits'], powers: LimitPowers): readonly ResourceLimit[] {
  const limits: ResourceLimit[] = [];
  if (nofile !== null) limits.push(pair(RLIMIT_NOFILE, BigInt(nofile), powers));
  else if (powers.inheritedNofile !== null) limits.push({ resource: RLIMIT_NOFILE, ...powers.inheritedNofile });
  if (core !== null) limits.push({ resource: RLIMIT_CORE, soft: BigInt(core), hard: BigInt(core) });
  return limits;
}

function pair(resource: number, wanted: bigint, powers: LimitPowers): ResourceLimit {
  const ceiling = powers.inheritedNofile?.hard;
  const value = !powers.raiseHard && ceiling !== undefined && wanted > ceiling ? ceiling : wanted;
  return { resource, soft: value, hard: value };
}

/** oom_score_adj of a child: -1000 for Critical, 0 for the others; null leaves the inherited one. EXEC-021. */
export function oomScoreFor(critical: boolean, powers: LimitPowers): number | null {
  const wanted = critical ? criticalScore : 0;
  if (wanted === powers.ownOom) return null;
  return wanted < powers.ownOom && !powers.lowerOom ? null : wanted;
}
