/** What a list lets somebody do, changed entry by entry. */
import type { Ace, KnownAce } from '../../../src/security/ace.ts';
import type { Acl } from '../../../src/security/acl.ts';
import { mapGeneric } from '../../../src/security/mappings.ts';
import type { Sid } from '../../../src/security/sid.ts';
import type { Kind } from './words.ts';
import { commandBits } from './words.ts';

/** Entries that allow without more ado: others mean something that a mask alone does not say. */
const isPlain = (ace: Ace, sid: Sid): ace is KnownAce => ace.kind === 'known' && ace.type === 'allow' && ace.flags === 0 && ace.sid === sid;

/** The list in which somebody is allowed these rights as well. */
export function granting(acl: Acl, sid: Sid, bits: number): Acl {
  const at = acl.aces.findIndex((ace) => isPlain(ace, sid));
  const had = acl.aces[at];
  if (had === undefined || !isPlain(had, sid))
    return { ...acl, aces: [...acl.aces, { kind: 'known', type: 'allow', flags: 0, mask: bits, sid, object: null, data: null }] };
  return { ...acl, aces: acl.aces.with(at, { ...had, mask: (had.mask | bits) >>> 0 }) };
}

/** The list in which no plain entry allows somebody these rights (all: null); null: none did. */
export function revoking(acl: Acl, sid: Sid, bits: number | null, kind: Kind): Acl | null {
  const taken = bits ?? commandBits(kind);
  let found = false;
  const aces = acl.aces.flatMap((ace): readonly Ace[] => {
    if (!isPlain(ace, sid)) return [ace];
    const mask = mapGeneric(ace.mask, kind.mapping);
    if ((mask & taken) === 0 && bits !== null) return [ace];
    found = true;
    const left = (mask & ~taken) >>> 0;
    return bits === null || (left & commandBits(kind)) === 0 ? [] : [{ ...ace, mask: left }];
  });
  return found ? { ...acl, aces } : null;
}
