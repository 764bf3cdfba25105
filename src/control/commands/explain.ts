import { encodeControlResponse } from '../../../gen/control/encode.ts';
import type { ExplainOutcome, ExplainStep } from '../../../gen/control/types.ts';
import type { ExplainedCheck, Explanation } from '../../policy/explain.ts';
import type { ServiceView } from '../../policy/view.ts';
import type { Caller } from '../caller.ts';
import type { Desk, Handler } from '../context.ts';
import { refusedChanges } from './machine-status.ts';

/** Command explain: what a start would do. Conditions on paths are looked at by the helper program, nothing else is done. O-06. */
export const explain: Handler<'explain'> = ({ desk, client, caller, service }) => {
  const explanation = desk.policy.explain(service.name);
  if (explanation === null) return undefined;
  const shown = withoutHidden(desk, caller, service, explanation);
  const open = explanation.checks.filter(({ holds }) => holds === null);
  const refused = refusedChanges(desk, caller).map((text): ExplainStep => ({ verdict: 'ignored', subject: service.name, text }));
  const answer = (verdicts: readonly boolean[] | null): void => client.answer(describe(desk, caller, service, shown, verdicts, refused));
  if (open.length === 0) answer([]);
  else
    desk.checkWaiters.wait(
      client,
      open.map(({ check }) => check),
      explanation.checkTimeoutSeconds,
      service.name,
      answer,
    );
  return undefined;
};

/** What it says of services that the caller may not query is left out, and does not count for what it comes to either. PRIN-006. */
function withoutHidden(desk: Desk, caller: Caller, service: ServiceView, explanation: Explanation): Explanation {
  const { access, discretion } = desk;
  if (access.queriesAll(caller)) return explanation;
  const told = explanation.steps.filter(({ subject, text }) => discretion.mayRead(caller, `${subject} ${text}`, service.key));
  const isBlocked = service.definition === null || told.some(({ verdict }) => verdict === 'blocks');
  const steps = [...told, { verdict: 'ignored', subject: 'access', text: 'services that you may not query are left out' } as const];
  return { ...explanation, steps, outcome: explanation.outcome === 'fails' && !isBlocked ? 'starts' : explanation.outcome };
}

/** `verdicts` of the open checks in order; null: they were not answered in time. */
function describe(
  { discretion }: Desk,
  caller: Caller,
  service: ServiceView,
  explanation: Explanation,
  verdicts: readonly boolean[] | null,
  refused: readonly ExplainStep[],
): string {
  let next = 0;
  const judged = explanation.checks.map((each) => ({ ...each, holds: each.holds ?? verdicts?.[next++] ?? false }));
  const [first, ...rest] = explanation.steps;
  const steps = [...(first === undefined ? [] : [first]), ...refused, ...judged.map((each) => checkStep(each, verdicts === null)), ...rest];
  return encodeControlResponse.explain({
    service: service.name,
    state: service.state,
    cause: service.cause,
    detail: discretion.text(caller, service.detail, service.key),
    outcome: outcomeOf(explanation.outcome, judged),
    steps,
    warnings: discretion.texts(caller, service.warnings, service.key),
  });
}

/** Conditions come before asserts, and both before what the graph says. DEF-053. */
function outcomeOf(otherwise: ExplainOutcome, checks: readonly ExplainedCheck[]): ExplainOutcome {
  if (checks.some(({ kind, holds }) => kind === 'condition' && holds === false)) return 'skips';
  if (checks.some(({ kind, holds }) => kind === 'assert' && holds === false)) return 'fails';
  return otherwise;
}

function checkStep({ kind, check, holds }: ExplainedCheck, late: boolean): ExplainStep {
  const subject = `${check.type}:${check.argument}`;
  const name = kind === 'condition' ? 'Conditions' : 'Asserts';
  if (holds === true) return { verdict: 'holds', subject, text: `${name}: ${subject} holds` };
  return {
    verdict: 'blocks',
    subject,
    text: `${name}: ${subject} ${late && check.type !== 'registry' ? 'was not judged in time' : 'does not hold'}`,
  };
}
