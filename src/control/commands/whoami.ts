import { groupAttributeFacts } from '../../../gen/control/facts.ts';
import type { Recognition } from '../../../gen/control/types.ts';
import { groupAttributeNames } from '../../../gen/control/types.ts';
import { privilegeBit, privilegeNames } from '../../security/privileges.ts';
import { principalName, wellKnown } from '../../security/well-known.ts';
import type { Caller } from '../caller.ts';
import { isSystem } from '../caller.ts';
import type { Handler } from '../context.ts';
import { ofMachine } from '../rights.ts';

/** Command whoami: who the caller is. O-87. */
export const whoami: Handler<'whoami'> = ({ caller, held }) => {
  const { token, tokenId, pid, uid, summary } = caller;
  return {
    user: summary.user,
    user_name: summary.user_name,
    groups: token.groups.map(({ sid, attributes }) => ({
      sid,
      name: principalName(sid),
      attributes: groupAttributeNames.filter((name) => (attributes & groupAttributeFacts[name].bit) !== 0),
    })),
    privileges: privilegeNames(token.privilegesPresent).map((name) => ({
      name,
      enabled: (token.privilegesEnabled & privilegeBit(name)) !== 0n,
    })),
    integrity: summary.integrity,
    recognised_by: recognitionOf(caller),
    uid,
    pid,
    token_id: tokenId,
    granted: typeof held === 'number' ? ofMachine.names(held) : [],
  };
};

function recognitionOf(caller: Caller): Recognition {
  if (caller.tokenId !== null) return 'token';
  if (isSystem(caller)) return 'root';
  return caller.token.user === wellKnown.anonymous ? 'anonymous' : 'linux_user';
}
