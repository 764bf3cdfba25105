import type { TreeNode } from '../../../../gen/registry/types.ts';
import { readyList } from '../../../json/text.ts';
import { RegistryFailure } from '../../../registry/failure.ts';
import { splitPath } from '../../../registry/names.ts';
import { formatTimestamp } from '../../../wire/timestamp.ts';
import { createKey, deleteKey, keyInfo, keySecurity, listSubkeys, requireKey } from '../store/keys.ts';
import { readTree } from '../store/tree.ts';
import { deleteValue, queryValue, queryValues, setValue } from '../store/values.ts';
import { grantedRights, keyRight } from './access.ts';
import type { RegistryHandlers } from './plan.ts';
import { answer, baseOf, locate, read, readParts, write, written } from './plan.ts';

/** UTF-16 units of one answer of read-tree. */
const pieceLength = 1024 * 1024;

/** The registry's calls, one handler each. */
export const handlers: RegistryHandlers = {
  open: (session, request) => {
    const granted = grantedRights(request.access);
    return read(session, undefined, (store) => {
      const key = requireKey(store, baseOf(session, request, 0), request.path);
      return { handle: session.openHandle(key, granted), granted };
    });
  },

  close: (session, { handle }) => {
    session.closeHandle(handle);
    return answer({});
  },

  create: (session, request) =>
    write(session, request.transaction, (store) => {
      const needed = splitPath(request.path).length === 1 ? keyRight.createSubkey : 0;
      const { created, changes } = createKey(store, baseOf(session, request, needed), request.path);
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
      return written({}, deleteKey(store, key, request.recursive === true));
    }),

  enum: (session, request) =>
    read(session, request.transaction, (store) => ({ names: listSubkeys(store, locate(session, store, request, keyRight.enumerate)) })),

  info: (session, request) =>
    read(session, undefined, (store) => {
      const { subkeys, values, lastWriteNs } = keyInfo(store, locate(session, store, request, keyRight.queryValue));
      return { subkeys, values, last_write: formatTimestamp(lastWriteNs) };
    }),

  'security-get': (session, request) =>
    read(session, undefined, (store) => {
      const security = keySecurity(store, locate(session, store, request, keyRight.readControl));
      return { security: security === null ? '' : Buffer.from(security).toString('base64') };
    }),

  'security-set': (session, request) =>
    read(session, undefined, (store) => {
      locate(session, store, request, keyRight.writeDac);
      throw new RegistryFailure('ENOTSUP', 'descriptors are not checked yet, so none is taken; only SYSTEM reaches this registry');
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
      const pieces = readTree(store, key, request.depth ?? null, pieceLength);
      return pieces.map((piece, index) => ({ nodes: readyList<TreeNode>(piece), more: index < pieces.length - 1 }));
    }),
};
