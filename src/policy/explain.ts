/**
 * What a start would do, without doing it: the same tables, graph and rules as a start, read only. Conditions on paths are left to the
 * helper program, so they come out as questions.
 */
import { commands } from '../../gen/control/facts.ts';
import type { ExplainOutcome, ExplainVerdict } from '../../gen/control/types.ts';
import { conflicts, stateFacts } from '../../gen/service/facts.ts';
import { isReleased } from './attempt/satisfaction.ts';
import { registryKeyExists } from './definition/check.ts';
import type { Check } from './definition/definition.ts';
import { inWords } from './details.ts';
import { startClosure } from './graph/closure.ts';
import type { Graph, ServiceNode } from './graph/graph.ts';
import { isDisabled } from './graph/graph.ts';
import { validate } from './graph/validate.ts';
import { authdKey } from './platform-daemons.ts';
import { edgesInForce } from './safe-graph.ts';
import type { PolicyState, Service } from './state.ts';

export interface ExplainedStep {
  readonly verdict: ExplainVerdict;
  readonly subject: string;
  readonly text: string;
}

/** A condition or assert; `holds` null: somebody has to look at the path. */
export interface ExplainedCheck {
  readonly kind: 'condition' | 'assert';
  readonly check: Check;
  readonly holds: boolean | null;
}

export interface Explanation {
  /** What it comes to if all checks hold. */
  readonly outcome: ExplainOutcome;
  readonly steps: readonly ExplainedStep[];
  readonly checks: readonly ExplainedCheck[];
  readonly checkTimeoutSeconds: number;
}

export function explainStart(state: PolicyState, graph: Graph, service: Service): Explanation {
  const command = explainCommand(state, service);
  if (command.outcome !== 'starts') return { outcome: command.outcome, steps: [command.step], checks: [], checkTimeoutSeconds: 0 };
  const { definition } = service;
  if (definition === null) {
    const text = service.detail ?? `the definition of ${service.name} is invalid`;
    return {
      outcome: 'fails',
      steps: [command.step, { verdict: 'blocks', subject: 'definition', text }],
      checks: [],
      checkTimeoutSeconds: 0,
    };
  }
  const graphSteps = explainGraph(state, graph, service);
  const blocked = graphSteps.some(({ verdict }) => verdict === 'blocks');
  return {
    outcome: blocked ? 'fails' : 'starts',
    steps: [command.step, ...graphSteps],
    checks: [
      ...definition.conditions.map((check) => explainCheck(state, 'condition', check)),
      ...definition.asserts.map((check) => explainCheck(state, 'assert', check)),
    ],
    checkTimeoutSeconds: definition.preStartCheckTimeout,
  };
}

interface CommandOutcome {
  readonly outcome: ExplainOutcome;
  readonly step: ExplainedStep;
}

const commandStep = (outcome: ExplainOutcome, verdict: ExplainVerdict, text: string): CommandOutcome => ({
  outcome,
  step: { verdict, subject: 'start', text },
});

/** The cell of the conflict table beside the oldest live operation, or that of the matrix. */
function explainCommand(state: PolicyState, service: Service): CommandOutcome {
  if (state.machine.shutdown !== null) return commandStep('refused', 'blocks', 'the machine is shutting down');
  if (service.removed) return commandStep('refused', 'blocks', 'its definition is gone');
  const live = state.operations.get(service.operations[0] ?? '')?.record;
  if (live !== undefined && live.type !== 'reset' && (live.state === 'pending' || live.state === 'running'))
    return explainBesideLive(live.type, live.state);
  const name = `${service.name} is ${inWords(service.state)}`;
  if (service.mounted !== null) return commandStep('nothing', 'holds', `${name}: there is nothing to do`);
  switch (commands.start.matrix?.[service.state]) {
    case 'already':
      return commandStep('nothing', 'holds', `${name}: there is nothing to do`);
    case 'merge':
      return commandStep('joins', 'waits', `${name}: the request joins what is in flight`);
    case 'queue':
      return commandStep('waits', 'waits', `${name}: it is started again once it has stopped`);
    case 'defer':
      return commandStep('waits', 'waits', `${name}: it is started when the restart delay is over`);
    case 'error':
      return commandStep('refused', 'blocks', `${name}: it has to be reset first`);
    default:
      return commandStep('starts', 'holds', `${name}: it can be started`);
  }
}

function explainBesideLive(type: keyof typeof conflicts, live: 'pending' | 'running'): CommandOutcome {
  const beside = `a ${type} is ${live}`;
  switch (conflicts[type][live].start) {
    case 'merge':
      return commandStep('joins', 'waits', `${beside}: the request joins it`);
    case 'already':
      return commandStep('nothing', 'holds', `${beside}: there is nothing to do`);
    case 'error':
      return commandStep('refused', 'blocks', `${beside}: a start is not possible beside it`);
    default:
      return commandStep('waits', 'waits', `${beside}: the start waits for it`);
  }
}

function explainCheck(state: PolicyState, kind: ExplainedCheck['kind'], check: Check): ExplainedCheck {
  return { kind, check, holds: check.type === 'registry' ? registryKeyExists(state.keys, check.argument) : null };
}

function explainGraph(state: PolicyState, graph: Graph, service: Service): readonly ExplainedStep[] {
  const root = graph.byKey.get(service.key);
  if (root === undefined) return [];
  const up = (node: ServiceNode): boolean => {
    const target = state.services.get(node.key);
    return target !== undefined && target !== service && (isReleased(target) || target.state === 'starting' || target.state === 'backoff');
  };
  const members = startClosure(graph, service.key, (node) => !up(node), edgesInForce(state)) ?? new Set();
  const { verdicts } = validate(graph, members, { up, root });
  const verdict = verdicts.get(root);
  const counts = (node: ServiceNode): boolean => up(node) || edgesInForce(state)(root, node);
  const blocked: ExplainedStep[] = verdict === undefined ? [] : [{ verdict: 'blocks', subject: root.name, text: verdict.message }];
  return [
    ...blocked,
    ...root.hard
      .filter(counts)
      .map((node) => explainTarget(state, node, root.bindsTo.includes(node) ? 'BindsTo' : 'Requires', up, verdicts.has(node))),
    ...root.wants.filter(counts).map((node) => explainWanted(state, root, node, up, verdicts.has(node))),
    ...root.conflicts.flatMap((node) => explainOpponent(state, node, 'Conflicts')),
    ...explainMembers(state, root, new Set(Array.from(members).filter((node) => !up(node) && stateOf(state, node) !== 'abandoned'))),
  ];
}

/** What stands in the way of the services that are started with it, and whom their start stops. */
function explainMembers(state: PolicyState, root: ServiceNode, members: ReadonlySet<ServiceNode>): readonly ExplainedStep[] {
  const needed = new Set([root]);
  for (const node of needed) for (const target of node.hard) if (members.has(target)) needed.add(target);
  return Array.from(members).flatMap((member) => {
    if (member === root) return [];
    const steps = explainMember(state, member);
    return needed.has(member) ? steps : steps.map(ignoringBlocks);
  });
}

function explainMember(state: PolicyState, member: ServiceNode): readonly ExplainedStep[] {
  const abandoned = member.hard.filter((node) => stateOf(state, node) === 'abandoned');
  return [
    ...abandoned.map((node) => explainAbandoned(node, `${member.name} requires ${node.name}, which is abandoned`)),
    ...member.conflicts.flatMap((node) => explainOpponent(state, node, `Conflicts of ${member.name}`)),
  ];
}

const ignoringBlocks = (step: ExplainedStep): ExplainedStep =>
  step.verdict === 'blocks' ? { ...step, verdict: 'ignored', text: `${step.text}, which does not matter` } : step;

const explainAbandoned = (node: ServiceNode, text: string): ExplainedStep => ({
  verdict: 'blocks',
  subject: node.name,
  text: `${text}; it has to be reset first`,
});

const stateOf = (state: PolicyState, node: ServiceNode): Service['state'] => state.services.get(node.key)?.state ?? 'inactive';

function explainTarget(
  state: PolicyState,
  node: ServiceNode,
  field: string,
  up: (node: ServiceNode) => boolean,
  broken: boolean,
): ExplainedStep {
  const present = `${field}: ${node.name} is ${inWords(stateOf(state, node))}`;
  if (stateFacts[stateOf(state, node)].satisfies) return { verdict: 'holds', subject: node.name, text: present };
  if (stateOf(state, node) === 'abandoned') return explainAbandoned(node, present);
  if (up(node)) return { verdict: 'waits', subject: node.name, text: `${present}; the start waits for it` };
  if (broken || isDisabled(node)) return { verdict: 'blocks', subject: node.name, text: `${present} and cannot be started` };
  return { verdict: 'starts', subject: node.name, text: `${present} and is started first` };
}

function explainWanted(
  state: PolicyState,
  root: ServiceNode,
  node: ServiceNode,
  up: (node: ServiceNode) => boolean,
  broken: boolean,
): ExplainedStep {
  const field = root.impliesAuthority && node.key === authdKey ? 'Identity' : 'Wants';
  return ignoringBlocks(explainTarget(state, node, field, up, broken));
}

function explainOpponent(state: PolicyState, node: ServiceNode, field: string): readonly ExplainedStep[] {
  const present = stateOf(state, node);
  const text = `${field}: ${node.name} is ${present}`;
  if (present === 'abandoned') return [explainAbandoned(node, text)];
  if (present === 'stopping') return [{ verdict: 'waits', subject: node.name, text: `${text}; the start waits for its end` }];
  const stops = present === 'starting' || present === 'active' || present === 'reloading' || present === 'backoff';
  return stops ? [{ verdict: 'stops', subject: node.name, text: `${text} and is stopped first` }] : [];
}
