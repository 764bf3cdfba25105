import type { KnownAce } from '../../security/ace.ts';
import type { Sid } from '../../security/sid.ts';

/** An entry that allows. */
export const allowed = (sid: Sid, mask: number, flags = 0): KnownAce => ({
  kind: 'known',
  type: 'allow',
  flags,
  mask,
  sid,
  object: null,
  data: null,
});
