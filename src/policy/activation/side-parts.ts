/**
 * hooks/ and health/ of an activation. A part that was killed lingers until nothing lives in it; what is still there after the post-kill
 * time is leaked, and the service goes on. Nothing is born where something lingers, for the kernel would kill it and the directory cannot
 * be made anew: it goes to another generation of the part. HC-002, HC-008..HC-010.
 */

import { arm, disarm, isArmed } from '../deadlines.ts';
import type { SidePart } from '../events.ts';
import { abandonJob } from '../jobs.ts';
import type { Activation, Service } from '../state.ts';
import { after } from '../time.ts';
import { addLeak, postKillNs } from '../trees.ts';
import type { Turn } from '../turn.ts';
import { emit } from '../turn.ts';
import { killPart } from './tokens.ts';

type Side = 'hooks' | 'health';

/** Where the next process of that kind is born. */
export function partFor({ lingering, parts }: Activation, side: Side): SidePart {
  const isTaken = (): boolean => lingering.some(({ part }) => part === parts[side]);
  for (let generation = 0; isTaken(); generation++) parts[side] = generation === 0 ? side : `${side}@gen${generation}`;
  return parts[side];
}

/** Kills what lives where the latest process of that kind was born. */
export function killSide(turn: Turn, service: Service, activation: Activation, side: Side): void {
  const { lingering, tree } = activation;
  const part = activation.parts[side];
  killPart(turn, service, activation, part);
  if (lingering.some((one) => one.part === part)) return;
  const leaksAt = after(turn.stamp.monotonic, postKillNs);
  lingering.push({ part, leaksAt, leaked: false });
  emit(turn, { kind: 'await-empty', service: service.name, tree, part });
  if (!isArmed(turn, 'side-kill', service.key)) arm(turn, 'side-kill', service.key, leaksAt);
}

/** Something that was killed there may still vanish in time. */
export const isDying = ({ lingering, parts }: Activation, side: Side): boolean =>
  lingering.some(({ leaked, part }) => part === parts[side] && !leaked);

/** Nothing lives there any more. */
export function sideEmpty(turn: Turn, service: Service, activation: Activation, part: SidePart): void {
  activation.lingering = activation.lingering.filter((one) => one.part !== part);
  if (activation.lingering.every(({ leaked }) => leaked)) disarm(turn, 'side-kill', service.key);
}

/** The post-kill time of a part is over: what lives there is given up. */
export function sidesStuck(turn: Turn, service: Service, activation: Activation): void {
  for (const one of activation.lingering) {
    if (one.leaked) continue;
    if (one.leaksAt > turn.stamp.monotonic) return arm(turn, 'side-kill', service.key, one.leaksAt);
    one.leaked = true;
    addLeak(turn, service, activation.tree, one.part);
    abandonJobs(turn, activation, one.part);
  }
}

/** A hook that is waited for stays with its phase, which has a timeout of its own. */
function abandonJobs(turn: Turn, activation: Activation, part: SidePart): void {
  for (const [id, job] of turn.state.jobs) {
    if (job.activation !== activation.id || job.part !== part) continue;
    abandonJob(turn, id);
    if (activation.healthJob === id) activation.healthJob = null;
    if (activation.reloadJob === id) activation.reloadJob = null;
  }
}
