import { commandNames, commands } from '../../gen/control/facts.ts';
import type { Right } from '../../gen/options/types.ts';

/** Commands that change a service: what somebody who looks at one may want to do next. */
const changing = commandNames.filter((name) => commands[name].target === 'service' && commands[name].matrix !== null && name !== 'status');

interface Limits {
  readonly may: readonly string[];
  readonly mayNot: readonly string[];
}

/**
 * Which of them rights on a service are enough for, and which not; null: they are enough for all, and nobody need be told, or nobody
 * said, as a peinit without rights.
 */
export function limitsOf(granted: readonly Right[] | undefined): Limits | null {
  if (granted === undefined) return null;
  const may = changing.filter((name) => commands[name].rightNames.every((right) => granted.includes(right)));
  return may.length === changing.length ? null : { may, mayNot: changing.filter((name) => !may.includes(name)) };
}
