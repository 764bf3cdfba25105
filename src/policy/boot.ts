/** The boot: all boot-triggered services with what they need, validated as a whole and started as one run. PSD-007 2.2. */
import { createRun, joinRun } from './attempt/runs.ts';
import { isReleased } from './attempt/satisfaction.ts';
import type { Boot } from './events.ts';
import { bootClosure, bootRoots } from './graph/closure.ts';
import type { ServiceNode } from './graph/graph.ts';
import { validate } from './graph/validate.ts';
import { currentGraph } from './model.ts';
import { internal, request } from './operations/requests.ts';
import { isEligible } from './safe-mode.ts';
import type { Turn } from './turn.ts';
import { report } from './turn.ts';
import { applyValidation } from './waiting/preflight.ts';

export function beginBoot(turn: Turn, { maxParallelStarts, safe = false }: Boot): void {
  const { machine, services } = turn.state;
  if (machine.booted || machine.shutdown !== null) return;
  machine.booted = true;
  machine.safe = safe;
  machine.maxParallelStarts = maxParallelStarts;
  const graph = currentGraph(turn);
  const takesPart = (node: ServiceNode): boolean => !safe || isEligible(node.definition);
  const triggered = bootRoots(graph);
  const roots = triggered.filter(takesPart);
  if (safe)
    tellSafeMode(
      turn,
      triggered.filter((node) => !takesPart(node)),
    );
  const members = new Set([...bootClosure(graph, roots)].filter(takesPart));
  const isUp = ({ key }: ServiceNode): boolean => {
    const service = services.get(key);
    return service !== undefined && (isReleased(service) || service.state === 'starting');
  };
  const validation = validate(graph, members, { up: isUp, dropExcluded: safe });
  const run = createRun(turn);
  applyValidation(turn, validation, null, run);
  for (const { key } of members) {
    const service = services.get(key);
    if (service === undefined) continue;
    service.bootMember = true;
    turn.touched.add(service);
  }
  for (const node of roots) {
    const service = services.get(node.key);
    if (service === undefined || validation.verdicts.has(node)) continue;
    joinRun(turn, service, run.id);
    request(turn, service, internal('start', 'boot', run.id));
  }
  if (run.members === 0) turn.state.runs.delete(run.id);
}

/** Names told; there may be thousands, and `peiosctl list` has them all. */
const toldNames = 20;

function tellSafeMode(turn: Turn, left: readonly ServiceNode[]): void {
  const names = left.slice(0, toldNames).map(({ name }) => name);
  const more = left.length > names.length ? ` and ${left.length - names.length} more` : '';
  const out = left.length === 0 ? 'no boot service is left out' : `left out of the boot: ${names.join(', ')}${more}`;
  report(turn, 'info', `Safe mode: only critical services and those with SafeMode=1 start; ${out}`, null, true);
}
