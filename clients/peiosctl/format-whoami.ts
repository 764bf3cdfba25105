import { recognitionFacts } from '../../gen/control/facts.ts';
import type { WhoamiResponse } from '../../gen/control/types.ts';
import { rows } from './format-status.ts';
import type { Paint } from './paint.ts';

/** Attributes that every group has that simply counts. */
const ordinary: ReadonlySet<string> = new Set(['mandatory', 'by_default', 'enabled']);

/** Who the caller is, the most telling first. */
export function formatWhoami(answer: WhoamiResponse, paint: Paint, width: number | null): readonly string[] {
  const { user, user_name: name, uid, pid, token_id: token } = answer;
  const off = answer.privileges.filter(({ enabled }) => !enabled).map((privilege) => privilege.name);
  const on = answer.privileges.filter(({ enabled }) => enabled).map((privilege) => privilege.name);
  return [
    name === null ? paint('bold', user) : `${paint('bold', name)} (${user})`,
    ...rows('known by', recognitionFacts[answer.recognised_by].words, width),
    ...rows('process', `${pid === 0 ? 'out of sight' : pid}, uid ${uid}`, width),
    ...(token === null ? [] : rows('token', token, width)),
    ...rows('integrity', answer.integrity, width),
    ...answer.groups.flatMap((group, index) => rows(index === 0 ? 'groups' : '', formatGroup(group), width)),
    ...(on.length === 0 ? [] : rows('privileges', on.join(', '), width)),
    ...(off.length === 0 ? [] : rows(on.length === 0 ? 'privileges' : '', `switched off: ${off.join(', ')}`, width)),
    ...rows('machine', answer.granted.join(', ') || 'no right on it', width),
  ];
}

function formatGroup({ sid, name, attributes }: WhoamiResponse['groups'][number]): string {
  const special = attributes.filter((attribute) => !ordinary.has(attribute)).map((attribute) => attribute.replaceAll('_', ' '));
  if (!attributes.includes('enabled') && !attributes.includes('deny_only')) special.push('switched off');
  return `${name === null ? sid : `${name} (${sid})`}${special.length === 0 ? '' : `: ${special.join(', ')}`}`;
}
