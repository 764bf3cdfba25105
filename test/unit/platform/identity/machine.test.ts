import t from 'tap';
import { probeIdentityMachine } from '../../../../src/platform/hosted/identity/machine.ts';
import { serviceToken } from '../../../support/tokens.ts';

const everything = (1n << 41n) - 1n;
const all = '0 0 4294967295\n';

function probe(files: Readonly<Record<string, string>> = {}, capabilities = everything, marks = true) {
  const content: Readonly<Record<string, string>> = {
    uid_map: all,
    gid_map: all,
    setgroups: 'allow\n',
    status: 'Name:\tx\nGroups:\t0 10 \n',
    ...files,
  };
  const kernel = {
    readFile: (path: string) => new TextEncoder().encode(content[path.replace('/proc/self/', '')] ?? ''),
    capabilities: () => capabilities,
  };
  return probeIdentityMachine(kernel, marks ? (gid) => gid >= 5000 && gid < 6000 : null);
}

t.test('a machine that may set ids gives identities whole', async (t) => {
  const { mode, groups, warnings } = probe();
  t.strictSame([mode, groups, warnings], ['full', [0, 10], []]);
});

t.test('where something of that is missing every process has the one user id, and that is said with the reason', async (t) => {
  const without = (bit: bigint): bigint => everything & ~(1n << bit);
  const reasons = [
    [probe({}, everything, false), 'it has no groups to give away'],
    [probe({ setgroups: 'deny\n' }), 'setgroups is denied in its user namespace'],
    [probe({}, without(7n)), 'it lacks CAP_SETUID'],
    [probe({}, without(6n)), 'it lacks CAP_SETGID'],
    [probe({}, without(8n)), 'it lacks CAP_SETPCAP'],
  ] as const;
  for (const [{ mode, warnings, ids }, reason] of reasons) {
    t.equal(mode, 'single_uid');
    t.equal(warnings.length, 1);
    t.ok(warnings[0]?.includes(`every process has the same user id (${reason})`), reason);
    t.equal(ids.refuses(serviceToken('web', {}, { uid: 0 })), null, 'ids of tokens are not used');
  }
});

t.test('PRIN-004 ids of root, of marks and of nobody here are refused', async (t) => {
  const { ids } = probe({ uid_map: '0 100000 65536\n', gid_map: '0 100000 1000\n 2000 200000 64000\n' });
  const refused = (changes: Parameters<typeof serviceToken>[2]) => ids.refuses(serviceToken('web', {}, changes));
  t.equal(refused({}), null);
  t.equal(refused({ uid: 0 }), 'with uid 0');
  t.equal(refused({ uid: 65536 }), 'with uid 65536, which this machine does not have (/proc/self/uid_map)');
  t.equal(refused({ gid: 0 }), 'with gid 0');
  t.equal(refused({ supplementary: [61003, 0] }), 'with gid 0');
  t.equal(refused({ gid: 5000 }), 'with gid 5000, which marks tokens');
  t.equal(refused({ supplementary: [5999] }), 'with gid 5999, which marks tokens');
  t.equal(refused({ supplementary: [1500] }), 'with gid 1500, which this machine does not have (/proc/self/gid_map)');
});
