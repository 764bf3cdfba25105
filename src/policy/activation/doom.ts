/**
 * A doomed activation: its whole tree is killed, and the state stays as it is until the main process (or the hook, where there is no main
 * process yet) is reaped; then the listed step follows. A main process that outlives SIGKILL takes the service through stopping to
 * abandoned; anything else that does only makes the tree leaked. One that is asked to end first (abort.ts) waits until all that was asked
 * is gone. ST-044, EXEC-008, O-22.
 */

import { arm } from '../deadlines.ts';
import { abandonJob } from '../jobs.ts';
import type { Activation, Doom, Service } from '../state.ts';
import { step } from '../steps.ts';
import { after } from '../time.ts';
import { leakTree, outlivedShutdown, postKillNs } from '../trees.ts';
import type { Turn } from '../turn.ts';
import { abandon } from './abandon.ts';
import { endWords } from './abort.ts';
import { conclude } from './conclude.ts';
import { disarmPhases } from './drop.ts';
import { endStop } from './end-stop.ts';
import { reviewEnding } from './ending.ts';
import { killPart } from './tokens.ts';

export function doom(turn: Turn, service: Service, activation: Activation, reason: Doom): void {
  if (activation.doom !== null || activation.stage === 'stopping') return;
  activation.doom = reason;
  activation.stage = 'doomed';
  disarmPhases(turn, service);
  if (!activation.used) return concludeDoomed(turn, service, activation);
  killPart(turn, service, activation, 'tree');
  arm(turn, 'kill', service.key, after(turn.stamp.monotonic, postKillNs));
  reviewDoomed(turn, service, activation);
}

/** Goes on when nothing is left to be reaped. */
export function reviewDoomed(turn: Turn, service: Service, activation: Activation): void {
  if (service.stop !== null) {
    if (reviewEnding(turn, service, activation)) concludeDoomed(turn, service, activation);
    return;
  }
  const waitsForHook = activation.main === null && activation.hookJob !== null;
  if (activation.mainGone && !waitsForHook) concludeDoomed(turn, service, activation);
}

function concludeDoomed(turn: Turn, service: Service, activation: Activation): void {
  const { doom: reason } = activation;
  if (reason === null) return;
  const detail = `${reason.detail}${endWords(service)}`;
  endStop(turn, service);
  conclude(turn, service, activation, { ...reason, detail, exitCode: null });
}

/** The post-kill time of a doomed activation is over. */
export function doomedStuck(turn: Turn, service: Service, activation: Activation): void {
  if (activation.doom === null) return;
  if (!activation.mainGone) {
    step(turn, service, 'stopping', 'process_unkillable', activation.doom.detail);
    return abandon(turn, service, activation);
  }
  abandonJob(turn, activation.hookJob);
  activation.hookJob = null;
  leakTree(turn, service, activation.tree, service.stop?.part === 'main' ? 'service_tree' : 'hooks');
  concludeDoomed(turn, service, activation);
  outlivedShutdown(turn, service, activation.tree);
}
