/** The registry's socket. */
import { isObject } from '../../json.ts';
import type { Flag } from '../flag.ts';
import { answers, flag, pushed, refusals, requests, without } from '../flag.ts';

const registry = flag('registry');

export const registryFlags: readonly Flag[] = [
  registry(
    'qword-as-number',
    'a QWORD is written as a number',
    ['registry/values/set-and-query'],
    answers(['query', 'query-all'], (line) => (line['type'] === 'QWORD' ? { ...line, data: Number(line['data']) } : line)),
  ),
  registry(
    'type-guessed',
    'a value comes back with another type',
    ['registry/values/set-and-query'],
    answers(['query'], (line) => ({ ...line, type: line['type'] === 'DWORD' ? 'QWORD' : 'DWORD' })),
  ),
  registry(
    'sequences-repeat',
    'every write has the same sequence',
    ['registry/values/sequences'],
    answers(['set'], (line) => ({ ...line, sequence: 1 })),
  ),
  registry(
    'nothing-is-empty',
    'a value that is not there is told to be empty',
    ['registry/values/delete'],
    refusals(['query'], (line) =>
      line['error'] === 'ENOENT' ? { id: line['id'] ?? null, status: 'ok', type: 'SZ', data: '', sequence: 0 } : line,
    ),
  ),
  registry(
    'always-created',
    'a key that was there is told to be new',
    ['registry/keys/create'],
    answers(['create'], (line) => ({ ...line, created: true })),
  ),
  registry(
    'never-created',
    'a key that is new is told to have been there',
    ['registry/keys/create'],
    answers(['create'], (line) => ({ ...line, created: false })),
  ),
  registry(
    'writes-at-once',
    'what is written in a transaction shows before its commit',
    ['registry/transactions/commit'],
    requests((asked) => (asked['op'] === 'set' || asked['op'] === 'create' ? without(asked, 'transaction') : asked)),
  ),
  registry(
    'abort-commits',
    'a transaction that is given up is kept',
    ['registry/transactions/abort'],
    requests((asked) => (asked['op'] === 'abort' ? { ...asked, op: 'commit' } : asked)),
  ),
  registry(
    'commit-aborts',
    'a transaction that is committed is lost',
    ['registry/transactions/commit'],
    requests((asked) => (asked['op'] === 'commit' ? { ...asked, op: 'abort' } : asked)),
  ),
  registry(
    'expectation-ignored',
    'a write that expects another state is done',
    ['registry/values/expected-sequence'],
    requests((asked) => without(asked, 'expected_sequence')),
  ),
  registry(
    'delete-of-nothing',
    'removing what is not there succeeds',
    ['registry/values/delete'],
    refusals(['delete-value', 'delete-key'], (line) => (line['error'] === 'ENOENT' ? { id: line['id'] ?? null, status: 'ok' } : line)),
  ),
  registry(
    'names-in-their-case-only',
    'a name is known in its own case only',
    ['registry/keys/any-case'],
    requests((asked) =>
      typeof asked['name'] === 'string' && asked['op'] === 'query' && asked['name'] === asked['name'].toUpperCase()
        ? { ...asked, name: `${asked['name']}?` }
        : asked,
    ),
  ),
  registry(
    'names-unsorted',
    'names of keys have no order',
    ['registry/keys/enum'],
    answers(['enum'], (line) => ({ ...line, names: [...((line['names'] as readonly string[] | undefined) ?? [])].reverse() })),
  ),
  registry(
    'changes-twice',
    'a change is told twice to whom watches',
    ['registry/watches/key'],
    pushed((line) => [line, line]),
  ),
  registry(
    'changes-without-name',
    'a change does not tell which value',
    ['registry/watches/key'],
    pushed((line) => without(line, 'name')),
  ),
  registry(
    'errno-as-code',
    'a refusal has the words of the other sockets',
    ['registry/keys/delete'],
    refusals([], (line) => ({ ...without(line, 'error'), code: line['error'] ?? null })),
  ),
  registry(
    'rights-unsaid',
    'what was granted with a handle is not told',
    ['registry/keys/handles'],
    answers(['open'], (line) => without(line, 'granted')),
  ),
  registry(
    'security-without-owner',
    'a descriptor is told without its owner',
    ['registry/security/get-and-set'],
    answers(['security-get'], (line) => {
      const bytes = Buffer.from(String(line['security'] ?? ''), 'base64');
      // Where the owner stands.
      if (bytes.length >= 8) bytes.writeUInt32LE(0, 4);
      return { ...line, security: bytes.toString('base64') };
    }),
  ),
  registry(
    'watch-tells-below',
    'a watch of a key tells changes of keys below as well',
    ['registry/watches/key'],
    requests((asked) => (asked['op'] === 'watch' ? { ...asked, subtree: true } : asked)),
  ),
  registry(
    'changes-apart',
    'changes of one transaction are told as if each was by itself',
    ['registry/watches/transaction'],
    pushed((line) => ({ ...line, more: false })),
  ),
  registry(
    'depth-ignored',
    'a tree always comes with all of its levels',
    ['registry/trees/whole'],
    requests((asked) => without(asked, 'depth')),
  ),
  registry(
    'parts-unsaid',
    'a part of a tree does not tell that more follows',
    ['registry/trees/parts'],
    answers(['read-tree'], (line) => ({ ...line, more: false })),
  ),
  registry(
    'wrong-data-taken',
    'data that its type does not have is taken',
    ['registry/values/wrong-data'],
    refusals(['set'], (line) => (line['error'] === 'EINVAL' ? { id: line['id'] ?? null, status: 'ok', sequence: 1 } : line)),
  ),
  registry(
    'rights-of-handles',
    'a handle has all rights, whatever it was opened for',
    ['registry/security/handles'],
    requests((asked) => (asked['access'] === 1 ? without(asked, 'access') : asked)),
  ),
  registry(
    'deletes-all-below',
    'a key is deleted with all below it, unasked',
    ['registry/keys/delete'],
    requests((asked) => (asked['op'] === 'delete-key' ? { ...asked, recursive: true } : asked)),
  ),
  registry(
    'handles-stay-open',
    'a handle that was closed still names its key',
    ['registry/keys/handles'],
    requests((asked, link) => {
      if (asked['op'] !== 'close') return asked;
      link.answer({ id: asked['id'] ?? null, status: 'ok' });
      return null;
    }),
  ),
  registry(
    'default-value-lost',
    'a value without a name is not told',
    ['registry/values/default-value'],
    answers(['query-all'], (line) => ({
      ...line,
      values: (Array.isArray(line['values']) ? line['values'] : []).filter((value) => isObject(value) && value['name'] !== ''),
    })),
  ),
  registry(
    'denied-unsaid',
    'a key that its reader may not read is told as empty',
    ['registry/security/services'],
    answers(['read-tree'], (line) => ({
      ...line,
      nodes: (Array.isArray(line['nodes']) ? line['nodes'] : []).map((node) => (isObject(node) ? without(node, 'denied') : node)),
    })),
  ),
];
