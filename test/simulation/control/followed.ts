/** What a client of follow is told: lines of services that it may query, each stream in order, and what it missed is counted. O-116. */
import { isFollowResponse } from '../../../gen/control/check.ts';
import { foldName } from '../../../src/policy/definition/names.ts';
import type { Answer } from './answers.ts';

export interface Followed {
  /** What is wrong with that line of the stream; null: nothing. `sees`: whether it may have been told of that service. */
  take(answer: Answer, sees: (key: string) => boolean): string | null;
}

/** Lines begin with their number in their stream; whoever dies while it writes leaves less. */
const numbered = /^(\d+) /;
const begun = /^\d*$/;

/** `asked`: the only service that it wants; null: all. `countsLosses`: it may query every service all the time. */
export function createFollowed(asked: string | null, countsLosses: () => boolean): Followed {
  const latest = new Map<string, number>();
  /** Lines that it was told to have missed, and that are missing in no stream yet. */
  let lost = 0;

  function next(stream: string, number: number): string | null {
    const before = latest.get(stream);
    latest.set(stream, number);
    if (before === undefined) return null;
    if (number <= before) return `line ${number} came after ${before}`;
    if (!countsLosses()) return null;
    lost -= number - before - 1;
    return lost >= 0 ? null : `lines between ${before} and ${number} are missing, and nobody said so`;
  }

  return {
    take(answer, sees) {
      if (!isFollowResponse(answer)) return 'the schema does not have that';
      if (answer.kind === 'lagged') {
        lost += answer.lost ?? 0;
        return (answer.lost ?? 0) > 0 ? null : 'nothing was lost';
      }
      const key = foldName(answer.service ?? '');
      if (asked !== null && key !== asked) return 'that service was not asked for';
      if (!sees(key)) return 'it may not know of that service';
      for (const line of answer.lines ?? []) {
        const [, number] = numbered.exec(line) ?? [];
        if (number === undefined && begun.test(line)) continue;
        const problem = number === undefined ? 'nobody wrote that line' : next(`${answer.job_id} ${answer.is_error}`, Number(number));
        if (problem !== null) return problem;
      }
      return null;
    },
  };
}
