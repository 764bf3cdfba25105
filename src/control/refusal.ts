import { errorCodes } from '../../gen/control/facts.ts';
import type { ErrorCode } from '../../gen/control/types.ts';
import type { Refusal } from '../policy/view.ts';

/** A refusal that says what is wrong and what the caller can do. `problem` is a clause without a full stop. */
export const refuse = (code: ErrorCode, problem: string, remedy: string = errorCodes[code].remedy): Refusal => ({
  kind: 'refused',
  code,
  message: `${problem}. ${remedy}`,
});

export const isRefusal = (answer: object): answer is Refusal => 'kind' in answer && answer.kind === 'refused';
