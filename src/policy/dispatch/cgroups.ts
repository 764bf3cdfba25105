/** The answer that nothing lives in a part of a tree, told to whoever waits for it. */

import { reviewDoomed } from '../activation/doom.ts';
import { forced, partEmpty } from '../activation/ending.ts';
import { sideEmpty } from '../activation/side-parts.ts';
import { adHocEmpty, adHocIn } from '../ad-hoc/ad-hoc.ts';
import { foldName } from '../definition/names.ts';
import type { CgroupEmpty, ProcessesCounted } from '../events.ts';
import { hooksCleared } from '../starting/sequence.ts';
import { reviewStop } from '../stopping/stop.ts';
import { treeEmpty } from '../trees.ts';
import type { Turn } from '../turn.ts';

/** How many are being killed by a stop. */
export function processesCounted(turn: Turn, { service: name, tree, count }: ProcessesCounted): void {
  const service = turn.state.services.get(foldName(name));
  if (service?.activation?.tree === tree) forced(turn, service, service.activation, count);
}

export function cgroupEmpty(turn: Turn, { service: name, tree, part }: CgroupEmpty): void {
  const adHoc = adHocIn(turn, tree);
  if (adHoc !== undefined) return adHocEmpty(turn, adHoc);
  if (part === 'tree') return treeEmpty(turn, tree);
  const service = turn.state.services.get(foldName(name));
  const { activation } = service ?? { activation: null };
  if (service === undefined || activation === null || activation.tree !== tree) return;
  if (part !== 'main') {
    sideEmpty(turn, service, activation, part);
    hooksCleared(turn, service, activation);
  }
  if (!partEmpty(service, part)) return;
  if (service.state === 'stopping') reviewStop(turn, service, activation);
  else reviewDoomed(turn, service, activation);
}
