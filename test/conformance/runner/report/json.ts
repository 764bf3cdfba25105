/** The result as one JSON object, for programs. */
import { printJson } from '../../json.ts';
import type { Result } from './result.ts';
import { counts } from './result.ts';

export function printReport(result: Result): string {
  const { driver, stale, outcomes: cases } = result;
  return `${printJson({ ...counts(result), seconds: Number(result.seconds.toFixed(3)), driver, stale, cases })}\n`;
}
