/** TAP version 14. */
import type { Result } from './result.ts';
import { counts, failureLines, staleLine, titleOf } from './result.ts';

/** A number sign would begin a directive. */
const plain = (text: string): string => text.replaceAll('#', '\\#');

export function printTap(result: Result): string {
  const lines = result.outcomes.flatMap((outcome, index): readonly string[] => {
    const head = `${index + 1} - ${plain(titleOf(outcome))}`;
    switch (outcome.status) {
      case 'passed':
        return [`ok ${head}`];
      case 'skipped':
        return [`ok ${head} # SKIP ${outcome.reason}`];
      case 'known':
        return [`not ok ${head} # TODO ${outcome.reason}`, ...diagnostics(failureLines(outcome.failure))];
      case 'failed':
        return [`not ok ${head}`, ...diagnostics(failureLines(outcome.failure))];
      default:
        return outcome satisfies never;
    }
  });
  const old = result.stale.map((known, index) => `not ok ${result.outcomes.length + index + 1} - ${plain(staleLine(known))}`);
  const { passed, failed, known, skipped } = counts(result);
  const sum = `# ${passed} passed, ${failed} failed, ${known} known to fail, ${skipped} skipped, in ${result.seconds.toFixed(1)} s`;
  return `${['TAP version 14', ...lines, ...old, `1..${result.outcomes.length + old.length}`, sum].join('\n')}\n`;
}

const diagnostics = (lines: readonly string[]): readonly string[] => [
  '  ---',
  '  failure: |',
  ...lines.map((line) => `    ${line}`),
  '  ...',
];
