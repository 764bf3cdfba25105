/** Uids and gids that principals have by now, as the registry tells them: nothing is given here. For owners of files. O-143. */
import { foldName } from '../registry/folding.ts';
import { serviceSid } from '../security/service-sid.ts';
import type { Sid } from '../security/sid.ts';
import { linuxGid, linuxUid, wellKnown } from '../security/well-known.ts';
import { parseId } from './linux-users.ts';
import type { AuthorityNode, Entry } from './model.ts';
import { readModel } from './model.ts';
import { afterPrefix, servicePrefix } from './names.ts';

export interface FileIds {
  /** Null: it has none, or none yet. */
  uidOf(sid: Sid): number | null;
  gidOf(sid: Sid): number | null;
}

export function fileIds(nodes: readonly AuthorityNode[]): FileIds {
  const model = readModel(nodes);

  function entryIn<Fields extends { readonly rid?: number | undefined }>(
    entries: ReadonlyMap<string, Entry<Fields>>,
    sid: Sid,
  ): Fields | null {
    for (const { fields, problems } of entries.values())
      if (fields.rid !== undefined && problems.length === 0 && `${model.machineSid}-${fields.rid}` === sid) return fields;
    return null;
  }

  function given(subject: string): number | null {
    const known = model.ids.get(foldName(subject));
    return known === undefined || known.problem !== null ? null : known.id;
  }

  function ofService(sid: Sid): number | null {
    for (const { subject, id, problem } of model.ids.values()) {
      const service = afterPrefix(subject, servicePrefix);
      if (problem === null && service !== null && serviceSid(service) === sid) return id;
    }
    return null;
  }

  const legal = (id: number | null): number | null => (id === null ? null : parseId(String(id)));
  const ofAccount = (sid: Sid): number | null => {
    const account = entryIn(model.accounts, sid);
    return account === null ? null : (account.uid ?? given(sid));
  };

  return {
    uidOf: (sid) => (sid === wellKnown.system ? 0 : (legal(linuxUid(sid)) ?? ofAccount(sid))),
    gidOf(sid) {
      if (sid === wellKnown.system) return 0;
      const group = entryIn(model.groups, sid);
      // The group of an account has its number.
      return legal(linuxGid(sid)) ?? (group === null ? null : (group.gid ?? given(sid))) ?? ofAccount(sid) ?? ofService(sid);
    },
  };
}
