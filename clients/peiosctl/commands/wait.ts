import type { StatusResponse } from '../../../gen/control/types.ts';
import type { Command, Context } from '../command.ts';
import { parseDuration } from '../durations.ts';
import { exitStatus } from '../exit-statuses.ts';
import { because, formatTrouble } from '../format-status.ts';
import { globs } from '../lifecycle.ts';
import { painter, paintState } from '../paint.ts';
import { targetNames, targetStates } from '../target-states.ts';
import { formatSpan } from '../time.ts';
import { UsageError } from '../usage-error.ts';
import type { Waited } from '../wait-for.ts';
import { statusesOf, waitFor } from '../wait-for.ts';
import { waitedFor } from '../waiting.ts';

const cannotBe = 4;
/** As timeout(1) has it. */
const timedOut = 124;

const usualTarget = 'ready';

export const wait: Command = {
  text: 'Waits until services are in a state.',
  more: [
    'ready is active, reloading or completed; stopped is any state in which nothing of it runs and nothing is about to. ' +
      'It ends at once where that is so already, and peinit tells each step, so that nothing is asked again and again. ' +
      'Of one service, and with --any, a state counts that it was in for a moment only; several must be in theirs at the same time.',
    'It gives up where the state cannot come about by itself: the service is failed, abandoned or skipped with nothing under way that ' +
      'changes it, its definition is gone, or the machine shuts down. With --keep-on it waits for somebody to change that. ' +
      'A service that is only inactive is waited for: somebody may be about to start it.',
    globs,
  ],
  group: 'services',
  arguments: [{ name: 'SERVICE', is: { kind: 'service' }, text: 'name of a service, or a pattern that matches names', count: 'several' }],
  options: ['state', 'timeout', 'any', 'keep-on'],
  alsoTakes: ['all'],
  ownExits: [
    ['0', 'the state was reached'],
    ['1', 'refused, or there is no such service'],
    ['2', 'a wrong call'],
    ['3', 'peinit cannot be reached, or has gone and did not come back'],
    ['4', 'it cannot be reached any more'],
    ['124', 'the time was over'],
  ],
  examples: [
    { line: 'start web --no-wait; peiosctl wait web', text: 'until web is up, or has failed' },
    { line: 'wait db cache --timeout 30 && deploy', text: 'goes on when both are up, after half a minute at the latest it ends with 124' },
    { line: 'wait backup --state stopped', text: 'until nothing of backup runs' },
    { line: "wait 'web-*' --any --state failed", text: 'until one of them has failed' },
  ],
  async run(context) {
    const { values } = context.options;
    if (values.any === true && values.all === true) throw new UsageError('--any and --all contradict each other');
    const word = values.state ?? usualTarget;
    const target = targetStates(word);
    if (target === null) throw new UsageError(`--state takes one of ${targetNames.join(', ')}, not ${word}`);
    const limitMs = values.timeout === undefined ? null : parseDuration(values.timeout, '--timeout');
    const wanted = { target, any: values.any === true, keepsOn: values['keep-on'] === true, limitMs };
    const waited = await waitFor(context, wanted);
    const { missing } = waited.expectation;
    const open = waited.outcome === 'reached' ? [] : missing;
    const statuses = new Map((await statusesOf(context, open)).map((status, at) => [open[at] ?? '', status]));
    if (context.options.json) context.print(JSON.stringify(inJson(waited, word, statuses)));
    else for (const line of inLines(waited, statuses, context)) context.print(line);
    if (waited.outcome === 'reached') return exitStatus.done;
    context.complain(waited.outcome === 'stuck' ? hopeless(word, waited) : late(word, limitMs ?? 0, statuses));
    return waited.outcome === 'stuck' ? cannotBe : timedOut;
  },
};

type Statuses = ReadonlyMap<string, StatusResponse | null>;

/** Of what gave up the status tells why. */
function inJson({ outcome, names, expectation }: Waited, word: string, statuses: Statuses): object {
  const services = names.map((name) => {
    const { service, state, cause } = expectation.at(name) ?? { service: name, state: null, cause: null };
    const status = statuses.get(name) ?? null;
    const trouble = outcome !== 'stuck' || status === null ? {} : { detail: status.detail, output: status.output };
    return { service, state, cause, reached: !expectation.missing.includes(name), ...trouble };
  });
  return { outcome, wanted: word, services };
}

function inLines({ outcome, names, expectation }: Waited, statuses: Statuses, context: Context): readonly string[] {
  const paint = painter(context.options.color);
  return names.flatMap((name) => {
    const at = context.shown(expectation.at(name));
    if (at === null) return [`${name}: not defined any more`];
    const line = `${at.service}: ${paintState(paint, at.state)}${at.cause === null ? '' : `, ${because(at.cause)}`}`;
    const status = statuses.get(name) ?? null;
    const isTold = outcome === 'stuck' && status !== null && expectation.stuck.includes(name);
    return isTold ? [line, ...formatTrouble(context.shown(status), context.options.width)] : [line];
  });
}

const hopeless = (word: string, { expectation }: Waited): string =>
  `not ${word}, and nothing is under way that changes that: ${expectation.stuck.join(', ')}; --keep-on waits for somebody who does`;

function late(word: string, limitMs: number, statuses: Statuses): string {
  const within = limitMs === 0 ? '' : ` within ${limitMs % 1000 === 0 ? formatSpan(limitMs / 1000) : `${limitMs / 1000} s`}`;
  const stands = Array.from(statuses, ([name, status]) => (status === null ? `${name} is not defined` : waitedFor(status)));
  return `not ${word}${within}: ${stands.join('; ')}`;
}
