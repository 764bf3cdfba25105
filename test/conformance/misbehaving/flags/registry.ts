/** The registry's socket. */
import { isObject } from '../../json.ts';
import type { Flag } from '../flag.ts';
import { answers, flag, pushed, refusals, requests, without } from '../flag.ts';

const registry = flag('registry');
const cases = ['registry/**'];

export const registryFlags: readonly Flag[] = [
  registry(
    'qword-as-number',
    'a QWORD is written as a number',
    cases,
    answers(['query', 'query-all'], (line) => (line['type'] === 'QWORD' ? { ...line, data: Number(line['data']) } : line)),
  ),
  registry(
    'type-guessed',
    'a value comes back with another type',
    cases,
    answers(['query'], (line) => ({ ...line, type: line['type'] === 'DWORD' ? 'QWORD' : 'DWORD' })),
  ),
  registry(
    'sequences-repeat',
    'every write has the same sequence',
    cases,
    answers(['set'], (line) => ({ ...line, sequence: 1 })),
  ),
  registry(
    'nothing-is-empty',
    'a value that is not there is told to be empty',
    cases,
    refusals(['query'], (line) =>
      line['error'] === 'ENOENT' ? { id: line['id'] ?? null, status: 'ok', type: 'SZ', data: '', sequence: 0 } : line,
    ),
  ),
  registry(
    'always-created',
    'a key that was there is told to be new',
    cases,
    answers(['create'], (line) => ({ ...line, created: true })),
  ),
  registry(
    'never-created',
    'a key that is new is told to have been there',
    cases,
    answers(['create'], (line) => ({ ...line, created: false })),
  ),
  registry(
    'writes-at-once',
    'what is written in a transaction shows before its commit',
    cases,
    requests((asked) => (asked['op'] === 'set' || asked['op'] === 'create' ? without(asked, 'transaction') : asked)),
  ),
  registry(
    'abort-commits',
    'a transaction that is given up is kept',
    cases,
    requests((asked) => (asked['op'] === 'abort' ? { ...asked, op: 'commit' } : asked)),
  ),
  registry(
    'commit-aborts',
    'a transaction that is committed is lost',
    cases,
    requests((asked) => (asked['op'] === 'commit' ? { ...asked, op: 'abort' } : asked)),
  ),
  registry(
    'expectation-ignored',
    'a write that expects another state is done',
    cases,
    requests((asked) => without(asked, 'expected_sequence')),
  ),
  registry(
    'delete-of-nothing',
    'removing what is not there succeeds',
    cases,
    refusals(['delete-value', 'delete-key'], (line) => (line['error'] === 'ENOENT' ? { id: line['id'] ?? null, status: 'ok' } : line)),
  ),
  registry(
    'names-in-their-case-only',
    'a name is known in its own case only',
    cases,
    requests((asked) =>
      typeof asked['name'] === 'string' && asked['op'] === 'query' && asked['name'] === asked['name'].toUpperCase()
        ? { ...asked, name: `${asked['name']}?` }
        : asked,
    ),
  ),
  registry(
    'names-unsorted',
    'names of keys have no order',
    cases,
    answers(['enum'], (line) => ({ ...line, names: [...((line['names'] as readonly string[] | undefined) ?? [])].reverse() })),
  ),
  registry(
    'changes-twice',
    'a change is told twice to whom watches',
    cases,
    pushed((line) => [line, line]),
  ),
  registry(
    'changes-without-name',
    'a change does not tell which value',
    cases,
    pushed((line) => without(line, 'name')),
  ),
  registry(
    'errno-as-code',
    'a refusal has the words of the other sockets',
    cases,
    refusals([], (line) => ({ ...without(line, 'error'), code: line['error'] ?? null })),
  ),
  registry(
    'rights-unsaid',
    'what was granted with a handle is not told',
    cases,
    answers(['open'], (line) => without(line, 'granted')),
  ),
  registry(
    'security-without-owner',
    'a descriptor is told without its owner',
    cases,
    answers(['security-get'], (line) =>
      isObject(line) ? { ...line, security: String(line['security'] ?? '').replace(/^O:[^:]*?(?=[GD]:)/, '') } : line,
    ),
  ),
];
