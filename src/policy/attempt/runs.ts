/**
 * Graph runs: how many services of one execution of the graph may be on their way at once (MaxParallelStarts). A slot is held from the
 * begin of the start sequence to its end; checks are counted apart, so that not all helpers of a boot run at the same time. A run is gone
 * when its last member has settled. PSD-007 6.2, BOOT-037, GRAPH-008, D-51.
 */
import type { Run, Service } from '../state.ts';
import type { Turn } from '../turn.ts';
import { lookLater, newId } from '../turn.ts';

export function createRun(turn: Turn): Run {
  const run: Run = {
    id: newId(turn),
    maxParallel: turn.state.machine.maxParallelStarts,
    inFlight: 0,
    judging: 0,
    members: 0,
    ready: [],
    toJudge: [],
    condemned: new Set(),
  };
  turn.state.runs.set(run.id, run);
  return run;
}

/** The run of a service; it joins that one, or a new one, if it has none. */
export function joinRun(turn: Turn, service: Service, wanted: string | null): Run {
  const current = service.run === null ? undefined : turn.state.runs.get(service.run);
  if (current !== undefined) return current;
  const run = (wanted === null ? undefined : turn.state.runs.get(wanted)) ?? createRun(turn);
  service.run = run.id;
  run.members += 1;
  return run;
}

export function leaveRun(turn: Turn, service: Service): void {
  const run = runOf(turn, service);
  service.run = null;
  if (run === undefined) return;
  run.members -= 1;
  if (run.members === 0) turn.state.runs.delete(run.id);
}

export const runOf = (turn: Turn, service: Service): Run | undefined =>
  service.run === null ? undefined : turn.state.runs.get(service.run);

/** Takes a slot, or waits in line for one. */
export function takeSlot(turn: Turn, service: Service): boolean {
  const { attempt } = service;
  const run = runOf(turn, service);
  if (attempt === null || run === undefined) return false;
  if (attempt.slot === 'held') return true;
  if (attempt.slot === 'queued') return false;
  if (run.inFlight < run.maxParallel && run.ready.length === 0) {
    run.inFlight += 1;
    attempt.slot = 'held';
    return true;
  }
  attempt.slot = 'queued';
  run.ready.push(service.key);
  return false;
}

export function giveSlotBack(turn: Turn, service: Service): void {
  const { attempt } = service;
  const run = runOf(turn, service);
  if (attempt === null || attempt.slot === 'none') return;
  const { slot } = attempt;
  attempt.slot = 'none';
  if (run === undefined) return;
  if (slot === 'queued') {
    run.ready.splice(run.ready.indexOf(service.key), 1);
    return;
  }
  run.inFlight -= 1;
  while (run.inFlight < run.maxParallel) {
    const next = run.ready.shift();
    if (next === undefined) return;
    const heir = turn.state.services.get(next);
    if (heir?.attempt === undefined || heir.attempt === null) continue;
    heir.attempt.slot = 'held';
    run.inFlight += 1;
    lookLater(turn, heir);
  }
}
