import t from 'tap';
import { errno } from '../../../../src/kernel/errno.ts';
import type { KnownToken, PeerParts } from '../../../../src/platform/hosted/identity/peer.ts';
import { createPeerReader } from '../../../../src/platform/hosted/identity/peer.ts';
import { summaryOf } from '../../../../src/platform/hosted/identity/summary.ts';
import { serviceToken } from '../../../support/tokens.ts';

const spec = serviceToken('web');
const web: KnownToken = { id: 'the-token', spec, summary: summaryOf(spec.token, 'the-token') };
const anonymous = ['S-1-5-7', 0, null];

/** Every id is mapped, unless the map says otherwise. */
const kernelOf = (calls: Pick<PeerParts['kernel'], 'peerCredentials' | 'peerGroups'>, map = '         0          0 4294967295\n') => ({
  ...calls,
  readFile: () => new TextEncoder().encode(map),
});

/** Who that is: user, integrity and id of the token; and what was noticed. */
function ask(
  { pid = 70, uid, gid = 0, groups = [] }: { pid?: number; uid: number; gid?: number; groups?: readonly number[] },
  changes: Partial<PeerParts> = {},
) {
  const noticed: string[] = [];
  const peer = createPeerReader({
    kernel: kernelOf({ peerCredentials: () => ({ pid, uid, gid }), peerGroups: () => groups }),
    isTag: (each) => each >= 5000 && each < 6000,
    ofTag: (tag) => (tag === 5001 ? web : null),
    ofProcess: () => null,
    rootIsSystem: false,
    tampered: (what) => void noticed.push(what),
    ...changes,
  })(9);
  const { token } = peer ?? {};
  return { peer, who: token === undefined ? null : [token.user, token.integrity, peer?.tokenId ?? null], noticed };
}

t.test('ID-004 a mark leads to the token, wherever among the groups it stands', async (t) => {
  for (const groups of [[5001], [61003, 5001], [4, 5001, 61003]]) {
    const { peer, noticed } = ask({ uid: 61001, groups });
    t.strictSame([peer?.token, peer?.tokenId, peer?.spec, peer?.summary], [spec.token, 'the-token', spec, web.summary]);
    t.strictSame(noticed, []);
  }
  t.strictSame(ask({ uid: 61001, gid: 5001 }).who, ['S-1-5-19', 8192, 'the-token'], 'also as the primary group');
});

t.test('PRIN-005 what no process of this machine should have is nobody, and is noticed', async (t) => {
  const forged = ask({ uid: 61001, groups: [5002] });
  t.strictSame(forged.who, anonymous);
  t.match(forged.noticed[0], /process 70 \(uid 61001\).*its mark \(group 5002\) is that of no living token/);
  const two = ask({ uid: 61001, groups: [5001, 5002] });
  t.strictSame(two.who, anonymous);
  t.match(two.noticed[0], /the marks of two tokens \(groups 5001 and 5002\)/);
  for (const uid of [0, 33]) {
    const other = ask({ uid, groups: [5001] }, { rootIsSystem: true });
    t.strictSame(other.who, anonymous);
    t.match(other.noticed[0], /its mark \(group 5001\) is that of a token with uid 61001/);
  }
  t.strictSame(ask({ uid: 61001, groups: [5002] }).peer?.token.privilegesPresent, 0n);
});

t.test('PRIN-005 root from outside of all services is SYSTEM only where the machine was told so', async (t) => {
  t.strictSame(ask({ uid: 0, groups: [0] }, { rootIsSystem: true }).who, ['S-1-5-18', 16384, null]);
  const { peer } = ask({ uid: 0, gid: 0, groups: [0, 10] });
  t.strictSame(
    peer?.token.groups.map(({ sid }) => sid),
    ['S-1-22-2-0', 'S-1-22-2-10', 'S-1-1-0', 'S-1-5-11'],
  );
  t.strictSame([peer?.token.user, peer?.token.privilegesPresent], ['S-1-22-1-0', 0n]);
  t.strictSame(ask({ pid: 1, uid: 0 }).who, ['S-1-5-18', 16384, null], 'process 1 is peinit');
  t.strictSame(ask({ pid: 1, uid: 1000 }).who, ['S-1-22-1-1000', 8192, null], 'no other user is');
});

t.test('a user of Linux is a principal of Linux, and what may be anybody whose id is not mapped is nobody', async (t) => {
  t.strictSame(ask({ uid: 1000, gid: 1000, groups: [27] }, { rootIsSystem: true }).who, ['S-1-22-1-1000', 8192, null]);
  t.strictSame(ask({ uid: 65534, gid: 65534 }).who, ['S-1-22-1-65534', 8192, null]);
  const calls = { peerCredentials: () => ({ pid: 70, uid: 65534, gid: 65534 }), peerGroups: () => [] };
  for (const map of ['0 100000 65536\n', '0 1000 1\n', ''])
    t.strictSame(ask({ uid: 65534 }, { kernel: kernelOf(calls, map) }).who, anonymous, map);
});

t.test('without marks the process tells, and where nothing tells processes apart root is SYSTEM', async (t) => {
  const ofProcess = (pid: number) => (pid === 70 ? web : null);
  const single = { isTag: null, ofProcess };
  t.strictSame(ask({ uid: 0 }, single).who, ['S-1-5-19', 8192, 'the-token']);
  t.strictSame(ask({ pid: 71, uid: 0 }, single).who, ['S-1-22-1-0', 8192, null]);
  t.strictSame(ask({ pid: 71, uid: 0 }, { ...single, rootIsSystem: true }).who, ['S-1-5-18', 16384, null]);
  const { ofProcess: _, ...daemon } = single;
  t.strictSame(ask({ uid: 0 }, { ...daemon, ofProcess: undefined } as never).who, ['S-1-5-18', 16384, null]);
});

t.test('a connection of which the kernel tells nothing is nobody at all', async (t) => {
  const kernel = kernelOf({ peerCredentials: () => -errno.EBADF, peerGroups: () => [] });
  t.equal(ask({ uid: 0 }, { kernel }).peer, null);
  const half = kernelOf({ peerCredentials: () => ({ pid: 70, uid: 0, gid: 0 }), peerGroups: () => -errno.ENOMEM });
  t.equal(ask({ uid: 0 }, { kernel: half, rootIsSystem: true }).peer, null);
});

t.test(
  'PRIN-005 connections of the same ids have the same token, so that what it may do is found out once; others have others',
  async (t) => {
    let ids = { pid: 70, uid: 1000, gid: 1000 };
    let groups: readonly number[] = [4, 27];
    const read = createPeerReader({
      kernel: kernelOf({ peerCredentials: () => ids, peerGroups: () => groups }),
      isTag: () => false,
      ofTag: () => null,
      rootIsSystem: false,
      tampered: () => undefined,
    });
    const first = read(9)?.token;
    ids = { pid: 71, uid: 1000, gid: 1000 };
    t.equal(read(9)?.token, first);
    groups = [4];
    const fewer = read(9)?.token;
    t.strictSame(fewer?.groups.map(({ sid }) => sid).slice(0, 2), ['S-1-22-2-1000', 'S-1-22-2-4']);
    ids = { pid: 71, uid: 1001, gid: 1000 };
    t.equal(read(9)?.token.user, 'S-1-22-1-1001');
  },
);
