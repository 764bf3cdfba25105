import type { ExplainOutcome, ExplainResponse, ExplainVerdict } from '../../gen/control/types.ts';
import { withoutName } from '../../src/policy/definition/names.ts';
import { because } from './format-status.ts';
import type { Paint } from './paint.ts';
import { hanging, inWords, paintState, wrap } from './paint.ts';

const outcomes: Record<ExplainOutcome, string> = {
  starts: 'a start would bring it up',
  nothing: 'a start would do nothing',
  joins: 'a start would join what is in flight',
  waits: 'a start would wait',
  skips: 'a start would skip it',
  fails: 'a start would fail',
  refused: 'a start would be refused',
};

const marks: Record<ExplainVerdict, string> = { holds: '+', starts: '>', stops: 'x', waits: '~', ignored: '.', blocks: '!' };

const colorOf = (verdict: ExplainVerdict): Parameters<Paint>[0] =>
  verdict === 'blocks' ? 'red' : verdict === 'holds' ? 'green' : 'yellow';

/** First why it is as it is, then what a start would look at, in its order. */
export function formatExplanation(answer: ExplainResponse, paint: Paint, width: number | null): readonly string[] {
  const why = answer.cause === null ? 'it has not been started yet' : because(answer.cause);
  const detail = answer.detail === null ? null : withoutName(answer.detail, answer.service);
  const wrapped = (text: string): readonly string[] =>
    (width === null ? [text] : wrap(text, Math.max(width - 2, 40))).map((line) => `  ${line}`);
  return [
    `${paint('bold', answer.service)} is ${paintState(paint, answer.state, inWords(answer.state))}: ${why}`,
    ...(detail === null ? [] : wrapped(detail)),
    ...answer.warnings.flatMap((warning) => wrapped(`warning: ${withoutName(warning, answer.service)}`)),
    `${outcomes[answer.outcome]}:`,
    ...answer.steps.flatMap(({ verdict, text }) =>
      hanging('  ', `${marks[verdict]} ${text}`, width).map((line) =>
        line.replace(/^ {2}(\S)/, (_, mark) => `  ${paint(colorOf(verdict), mark)}`),
      ),
    ),
  ];
}
