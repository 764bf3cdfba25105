import type { TreeNode } from '../../../../gen/registry/types.ts';
import { securityPartNames } from '../../../../gen/registry/types.ts';
import { readyList } from '../../../json/text.ts';
import { RegistryFailure } from '../../../registry/failure.ts';
import { splitPath } from '../../../registry/names.ts';
import { givenDescriptor, keyDescriptor } from '../../../registry/security/given.ts';
import { onlyParts, partsOf, readableParts, rightsToRead, rightsToWrite, withParts } from '../../../registry/security/parts.ts';
import { checkTaking } from '../../../registry/security/taking.ts';
import { encodeDescriptor } from '../../../security/descriptor.ts';
import { formatTimestamp } from '../../../wire/timestamp.ts';
import { storedDescriptor } from '../store/descriptors.ts';
import type { Key } from '../store/keys.ts';
import { createKey, deleteKey, keyInfo, keySecurity, listSubkeys, requireKey, setKeySecurity } from '../store/keys.ts';
import { readTree } from '../store/tree.ts';
import { deleteValue, queryValue, queryValues, setValue } from '../store/values.ts';
import { desiredAccess, keyRight } from './access.ts';
import type { Caller } from './caller.ts';
import type { RegistryHandlers } from './plan.ts';
import { answer, baseOf, locate, read, readParts, write, written } from './plan.ts';

/** UTF-16 units of one answer of read-tree. */
const pieceLength = 1024 * 1024;

/** The descriptor as it stands in a tree, in base64, with what of it the caller may read; null: nothing. */
function shownDescriptor(caller: Caller, key: Key, security: Uint8Array): string | null {
  const parts = securityPartNames.filter((part) => caller.has(key, security, rightsToRead([part])));
  if (!parts.includes('dacl')) return null;
  return Buffer.from(encodeDescriptor(onlyParts(storedDescriptor(key, security), parts))).toString('base64');
}

/** The registry's calls, one handler each. */
export const handlers: RegistryHandlers = {
  open: (session, request) => {
    const desired = desiredAccess(request.access);
    return read(session, undefined, (store) => {
      const key = requireKey(store, baseOf(session, request, 0), request.path);
      const granted = session.caller.demand(key, keySecurity(store, key), desired);
      return { handle: session.openHandle(key, granted), granted };
    });
  },

  close: (session, { handle }) => {
    session.closeHandle(handle);
    return answer({});
  },

  create: (session, request) =>
    write(session, request.transaction, (store) => {
      const { caller } = session;
      const isBelowHandle = request.handle !== undefined && splitPath(request.path).length === 1;
      const guard = (parent: Key): void => {
        if (isBelowHandle) baseOf(session, request, keyRight.createSubkey);
        else caller.demand(parent, keySecurity(store, parent), keyRight.createSubkey);
      };
      const { created, changes } = createKey(store, baseOf(session, request, 0), request.path, caller.creator, guard);
      return written({ created }, changes);
    }),

  query: (session, request) =>
    read(session, request.transaction, (store) => {
      const { type, data, sequence } = queryValue(store, locate(session, store, request, keyRight.queryValue), request.name);
      return { type, data, sequence };
    }),

  'query-all': (session, request) =>
    read(session, request.transaction, (store) => ({ values: queryValues(store, locate(session, store, request, keyRight.queryValue)) })),

  set: (session, request) =>
    write(session, request.transaction, (store) => {
      const key = locate(session, store, request, keyRight.setValue);
      const { sequence, changes } = setValue(store, key, request.name, request.type, request.data, request.expected_sequence ?? null);
      return written({ sequence }, changes);
    }),

  'delete-value': (session, request) =>
    write(session, request.transaction, (store) => {
      const key = locate(session, store, request, keyRight.setValue);
      return written({}, deleteValue(store, key, request.name, request.expected_sequence ?? null));
    }),

  'delete-key': (session, request) =>
    write(session, request.transaction, (store) => {
      const key = locate(session, store, request, keyRight.delete);
      const guard = (below: Key): void => void session.caller.demand(below, keySecurity(store, below), keyRight.delete);
      return written({}, deleteKey(store, key, request.recursive === true, guard));
    }),

  enum: (session, request) =>
    read(session, request.transaction, (store) => ({ names: listSubkeys(store, locate(session, store, request, keyRight.enumerate)) })),

  info: (session, request) =>
    read(session, undefined, (store) => {
      const { subkeys, values, lastWriteNs } = keyInfo(store, locate(session, store, request, keyRight.queryValue));
      return { subkeys, values, last_write: formatTimestamp(lastWriteNs) };
    }),

  'security-get': (session, request) =>
    read(session, request.transaction, (store) => {
      const parts = request.parts ?? readableParts;
      const key = locate(session, store, request, rightsToRead(parts));
      const descriptor = onlyParts(storedDescriptor(key, keySecurity(store, key)), parts);
      return { security: Buffer.from(encodeDescriptor(descriptor)).toString('base64') };
    }),

  'security-set': (session, request) =>
    write(session, request.transaction, (store) => {
      const given = givenDescriptor(request.security);
      const parts = request.parts ?? partsOf(given);
      if (parts.length === 0) throw new RegistryFailure('EINVAL', 'the descriptor has no part that could be set');
      const key = locate(session, store, request, rightsToWrite(parts));
      const present = storedDescriptor(key, keySecurity(store, key));
      checkTaking(session.caller.token, present, given, parts);
      return written({}, setKeySecurity(store, key, keyDescriptor(withParts(present, given, parts))));
    }),

  begin: (session) => answer({ transaction: session.transactions.begin(session) }),

  commit: (session, { transaction }) => {
    session.transactions.commit(session, transaction);
    return answer({});
  },

  abort: (session, { transaction }) => {
    session.transactions.abort(session, transaction);
    return answer({});
  },

  watch: (session, request) =>
    read(session, undefined, (store) => {
      const key = locate(session, store, request, keyRight.notify);
      return { watch: session.startWatch(key, request.subtree === true, request.handle) };
    }),

  unwatch: (session, { watch }) => {
    session.endWatch(watch);
    return answer({});
  },

  'read-tree': (session, request) =>
    readParts(session, request.transaction, (store) => {
      const key = locate(session, store, request, keyRight.queryValue | keyRight.enumerate);
      const { caller } = session;
      const pieces = readTree(store, key, {
        depth: request.depth ?? null,
        pieceLength,
        readable: (security) => caller.has(key, security, keyRight.queryValue | keyRight.enumerate),
        shown: request.security === true ? (security) => shownDescriptor(caller, key, security) : null,
      });
      return pieces.map((piece, index) => ({ nodes: readyList<TreeNode>(piece), more: index < pieces.length - 1 }));
    }),
};
