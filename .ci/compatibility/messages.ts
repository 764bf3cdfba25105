/** Messages: what they are, and their forms. */
import type { WireMessage } from '../../spec/plugin/targets/json/wire-document.ts';
import type { Differences } from './differences.ts';
import { compareEndpoints } from './endpoints.ts';
import { compareMembers } from './members.ts';

export function compareMessages(differences: Differences, where: string, before: WireMessage, now: WireMessage): void {
  differences.same(where, 'kind', before.kind, now.kind);
  differences.same(where, 'key', before.key, now.key);
  differences.same(where, 'form', before.array === true ? 'list' : 'object', now.array === true ? 'list' : 'object');
  differences.same(where, 'event', before.event, now.event);
  compareEndpoints(differences, `the datagram socket of ${where}`, before.datagram ?? null, now.datagram ?? null);
  differences.same(where, 'discriminator', before.union?.member, now.union?.member);
  differences.names(
    (form) => `form ${form} of ${where}`,
    before.union?.forms ?? {},
    now.union?.forms ?? {},
    (form, one, other) => differences.same(`form ${form} of ${where}`, 'message', one, other),
  );
  compareMembers(differences, where, before, now);
}
