/** Members of messages: of lines, of keys of the registry, of parameters and of datagrams. */
import type { WireMember, WireMessage, WireRegistryValue } from '../../spec/plugin/targets/json/wire-document.ts';
import type { Differences } from './differences.ts';
import type { Direction } from './limits.ts';
import { compareLength, comparePattern, compareRange } from './limits.ts';

export const directionOf = ({ writers }: WireMessage): Direction => ({
  written: writers.includes('client'),
  read: writers.includes('daemon'),
});

export function compareMembers(differences: Differences, name: string, before: WireMessage, now: WireMessage): void {
  const where = (member: string): string => `member ${member} of ${name}`;
  const direction = directionOf(now);
  for (const [member, one] of Object.entries(before.members)) {
    const other = now.members[member];
    if (other === undefined) differences.broken(where(member), 'is gone');
    else compareMember(differences, where(member), one, other, direction);
  }
  for (const [member, one] of Object.entries(now.members)) {
    if (before.members[member] !== undefined) continue;
    if (direction.written && one.presence === 'required') differences.broken(where(member), 'is new, and must be in each request');
    else if (one.registry?.required === true) differences.broken(where(member), 'is new, and must be in each key');
    else if (now.array === true) differences.broken(where(member), 'is new, in a list of fixed length');
    else differences.added(where(member), 'is new');
  }
  if (now.array === true) differences.same(name, 'order of members', Object.keys(before.members), Object.keys(now.members));
}

function compareMember(differences: Differences, where: string, before: WireMember, now: WireMember, direction: Direction): void {
  differences.same(where, 'type', before.type, now.type);
  comparePresence(differences, where, before, now, direction);
  if (before.min !== undefined || now.min !== undefined) compareRange(differences, where, before, now, direction);
  compareLength(differences, where, before, now, direction);
  comparePattern(differences, where, before, now, direction);
  differences.same(where, 'form of integers', before.decimalString ?? false, now.decimalString ?? false);
  compareNulls(differences, where, before, now, direction);
  differences.same(where, 'name of its event', before.payloadOf, now.payloadOf);
  differences.same(where, 'list of kinds that it stands with', before.withKinds, now.withKinds);
  if (before.registry !== undefined && now.registry !== undefined) compareRegistry(differences, where, before.registry, now.registry);
  else differences.same(where, 'registry value', before.registry, now.registry);
  differences.same(where, 'parameter', before.parameter, now.parameter);
  differences.same(where, 'notify key', before.notify, now.notify);
}

/** Who reads must know all forms that may come, who writes may go on with those that it knows. */
function comparePresence(
  differences: Differences,
  where: string,
  { presence: before }: WireMember,
  { presence: now }: WireMember,
  { written, read }: Direction,
): void {
  if (before === now) return;
  const what = `is ${now}, before ${before}`;
  if (read && now !== 'required') differences.broken(where, `${what}: it may be ${now === 'optional' ? 'missing' : 'null'} now`);
  else if (written && now === 'required') differences.broken(where, `${what}: each request must have it now`);
  else if (written && now === 'optional' && before === 'nullable') differences.broken(where, `${what}: it may not be null any more`);
  else differences.added(where, what);
}

function compareNulls(differences: Differences, where: string, old: WireMember, member: WireMember, { written, read }: Direction): void {
  const now = member.nullElements === true;
  if ((old.nullElements === true) === now) return;
  const what = now ? 'may have null among its elements, not so before' : 'may have no null among its elements any more';
  if (now ? read : written) differences.broken(where, what);
  else differences.added(where, what);
}

/** Who may write values into the registry, and whose definitions are there already, is not to be refused. */
function compareRegistry(differences: Differences, where: string, before: WireRegistryValue, now: WireRegistryValue): void {
  for (const fact of ['name', 'key', 'type', 'optional', 'default', 'syntax', 'effect', 'unit', 'onlyWith'] as const)
    differences.same(where, `${fact} in the registry`, before[fact], now[fact]);
  const demand = (fact: string, less: boolean, more: boolean): void => {
    if (more) differences.broken(where, `${fact} now`);
    else if (less) differences.added(where, `${fact} no more`);
  };
  demand('must be there', before.required && !now.required, !before.required && now.required);
  demand('may not be empty', !before.emptyIsAbsent && now.emptyIsAbsent, before.emptyIsAbsent && !now.emptyIsAbsent);
  demand('may not be one text', !before.commaText && now.commaText, before.commaText && !now.commaText);
  compareRange(differences, where, before, now, { written: true, read: false });
}
