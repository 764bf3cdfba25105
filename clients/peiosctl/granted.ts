import { commandNames, commands } from '../../gen/control/facts.ts';
import type { Right } from '../../gen/options/types.ts';

/** Commands that change a service: what somebody who looks at one may want to do next. */
const changing = commandNames.filter((name) => commands[name].target === 'service' && commands[name].matrix !== null && name !== 'status');

/** Which of them rights on a service are enough for, and which not; null: they are enough for all, and nobody need be told. */
export function limitsOf(granted: readonly Right[]): { readonly may: readonly string[]; readonly mayNot: readonly string[] } | null {
  const may = changing.filter((name) => commands[name].rightNames.every((right) => granted.includes(right)));
  return may.length === changing.length ? null : { may, mayNot: changing.filter((name) => !may.includes(name)) };
}
