/** Who may have jobs, by tokens: a table of identities that the test plays. */
import t from 'tap';
import type { Judgement } from '../../../src/jobs/submitter.ts';
import { createSubmitters, deniedSubmitter } from '../../../src/jobs/submitters.ts';
import { inGroupsOf, linuxToken } from '../../../src/platform/hosted/identity/principals.ts';
import { summaryOf } from '../../../src/platform/hosted/identity/summary.ts';
import type { PeerIdentity, TokenOutcome, TokenWish } from '../../../src/platform/identity.ts';
import { serviceSid } from '../../../src/security/service-sid.ts';
import { tokenSpec } from '../../../src/security/token-spec.ts';
import { wellKnown } from '../../../src/security/well-known.ts';
import { alice, callerOf, tokenOf } from '../../support/identities.ts';

const createJob = 1n << 62n;

function open(peer: PeerIdentity | null) {
  const wishes: TokenWish[] = [];
  const dropped: number[] = [];
  const cancelled: string[] = [];
  const captured = new Map<number, PeerIdentity>();
  const submitters = createSubmitters({
    peer: () => peer,
    request: (wish) => void wishes.push(wish),
    cancel: (job) => void cancelled.push(job),
    drop: (token) => void dropped.push(token),
    capture(one) {
      captured.set(captured.size + 1, one);
      return captured.size;
    },
    forget: (one) => void captured.delete(one),
  });
  const candidate = submitters.admit(5);
  const judgements: Judgement[] = [];
  const takeBack = candidate === null ? null : submitters.judge(candidate, (judgement) => void judgements.push(judgement));
  return { submitters, candidate, judgements, takeBack, wishes, dropped, cancelled, captured };
}

/** With that privilege, as it is present and as it is enabled. */
const holder = (user: string, present: bigint, enabled: bigint, change: Partial<PeerIdentity> = {}): PeerIdentity =>
  callerOf(tokenOf(user, [], { privilegesPresent: present, privilegesEnabled: enabled }), change);

const granted = (privilegesPresent: bigint): TokenOutcome => ({
  ok: true,
  token: 8,
  facts: { summary: summaryOf(tokenOf('S-1-22-1-1000', [], { privilegesPresent }), null, 'guest'), uid: 1000 },
  account: null,
});

t.test('JFS-005 JFS-008 ID-017 whoever holds SeCreateJobPrivilege, present and enabled, runs jobs as what it was seen as', async (t) => {
  const peer = holder(alice, createJob, createJob, { tokenId: 't-1' });
  const { candidate, captured, judgements, submitters } = open(peer);
  t.match(candidate, { sid: alice, isSystem: false, mayHave: true });
  t.strictSame(judgements, [{ kind: 'submitter', submitter: { sid: alice, owner: alice, isSystem: false, identity: alice, captured: 1 } }]);
  t.equal(captured.get(1), peer);
  submitters.forget({ sid: alice, owner: alice, isSystem: false, identity: alice, captured: 1 });
  t.equal(captured.size, 0);
  const system = open(holder(wellKnown.system, createJob, createJob));
  t.match(system.judgements[0], { submitter: { sid: 'S-1-5-18', isSystem: true, identity: 'SYSTEM' } });
});

t.test('O-31 O-93 a service of LocalService is counted by itself, not with the others that have its user', async (t) => {
  const own = serviceSid('web');
  const { candidate, judgements } = open(
    callerOf(tokenOf(wellKnown.localService, [own], { privilegesPresent: createJob, privilegesEnabled: createJob })),
  );
  t.match(candidate, { sid: wellKnown.localService, owner: own });
  t.match(judgements[0], { submitter: { sid: wellKnown.localService, owner: own } });
  t.match(open(holder(alice, createJob, createJob)).candidate, { sid: alice, owner: alice });
});

t.test('JFS-005 SEC-023 without it, or with it disabled, or as nobody, there are no jobs, and nobody is asked', async (t) => {
  const spec = tokenSpec({ token: tokenOf('S-1-22-1-1000'), uid: 1000, gid: 1000, supplementary: [], source: 'test' });
  for (const peer of [
    holder(alice, 0n, 0n, { tokenId: 't-1', spec }),
    holder(alice, createJob, 0n, { tokenId: 't-1', spec }),
    holder('S-1-22-1-1000', 0n, 0n, { tokenId: 't-2', spec }),
    holder(wellKnown.anonymous, 0n, 0n),
    holder(wellKnown.system, 0n, 0n),
  ]) {
    const { candidate, captured, judgements, wishes } = open(peer);
    const { user } = peer.token;
    t.strictSame(judgements, [{ kind: 'denied', problem: `${user} does not hold SeCreateJobPrivilege` }]);
    t.strictSame([candidate?.mayHave, captured.size, wishes.length], [false, 0, 0]);
  }
  t.equal(open(null).candidate, null);
});

t.test('JFS-005 of a user of Linux without a token the authority says what it holds, and its answer is given back', async (t) => {
  const user = holder('S-1-22-1-1000', 0n, 0n);
  const may = open(user);
  t.strictSame(may.judgements, []);
  const [wish] = may.wishes;
  t.match(wish, { identity: 'S-1-22-1-1000', service: null, requiredPrivileges: null });
  t.equal(may.submitters.answered('another', granted(0n)), false);
  t.equal(may.submitters.answered(wish?.job ?? '', granted(createJob)), true);
  t.strictSame(may.judgements, [
    { kind: 'submitter', submitter: { sid: 'S-1-22-1-1000', owner: 'S-1-22-1-1000', isSystem: false, identity: 'guest', captured: 1 } },
  ]);
  t.strictSame(may.dropped, [8]);

  const mayNot = open(user);
  mayNot.submitters.answered(mayNot.wishes[0]?.job ?? '', granted(0n));
  t.strictSame(mayNot.judgements, [
    {
      kind: 'denied',
      problem: 'S-1-22-1-1000 does not hold SeCreateJobPrivilege',
      remedy: '`peiosctl principal grant S-1-22-1-1000 SeCreateJobPrivilege` gives it, from the next job on.',
    },
  ]);
  t.strictSame(mayNot.dropped, [8]);

  const unheard = open(user);
  unheard.submitters.answered(unheard.wishes[0]?.job ?? '', { ok: false, message: 'authd is away' });
  t.strictSame(unheard.judgements, [
    {
      kind: 'denied',
      problem: 'S-1-22-1-1000 is not known to hold SeCreateJobPrivilege: authd is away',
      remedy: 'Submit it again once that is mended.',
    },
  ]);

  const left = open(user);
  left.takeBack?.();
  t.strictSame(left.cancelled, [left.wishes[0]?.job]);
  t.equal(left.submitters.answered(left.wishes[0]?.job ?? '', granted(createJob)), false, 'its answer is for nobody');
  t.strictSame(left.judgements, []);
});

t.test('SEC-023 the authority is asked once about a user that asks many times, and each of them is judged', async (t) => {
  const { candidate, cancelled, judgements, submitters, takeBack, wishes } = open(holder('S-1-22-1-1000', 0n, 0n));
  if (candidate === null) throw new Error('nobody');
  submitters.judge(candidate, (judgement) => void judgements.push(judgement));
  submitters.judge(candidate, (judgement) => void judgements.push(judgement))();
  takeBack?.();
  t.strictSame([wishes.length, cancelled], [1, []], 'one still waits');
  submitters.answered(wishes[0]?.job ?? '', granted(0n));
  t.equal(judgements.length, 1);
  submitters.judge(candidate, () => undefined);
  t.equal(wishes.length, 2, 'what was answered is not kept');
});

t.test('ID-017 such a user is in the groups that the kernel saw it in, and in no others of Linux', async (t) => {
  const peer = { token: linuxToken(1000, [100, 27]) };
  const named = tokenOf('S-1-22-1-1000', ['S-1-22-2-4', wellKnown.users]);
  const spec = tokenSpec({ token: named, uid: 1000, gid: 4, supplementary: [4, 5], source: 'test' });
  const found = inGroupsOf(spec, peer);
  t.strictSame([found.uid, found.gid, found.supplementary], [1000, 100, [27]]);
  t.strictSame(
    found.token.groups.map(({ sid }) => sid),
    [wellKnown.users, 'S-1-22-2-100', 'S-1-22-2-27'],
  );
});

t.test('SEC-007 the record of a refusal names the privilege', async (t) => {
  const { candidate } = open(holder(alice, 0n, 0n, { tokenId: 't-1' }));
  if (candidate === null) throw new Error('nobody');
  t.strictSame(deniedSubmitter(candidate).payload, {
    caller: `${alice} (process 33)`,
    target: null,
    rights: [],
    requested: 0,
    granted: 0,
    sid: alice,
    pid: 33,
    token_id: 't-1',
    privilege: 'SeCreateJobPrivilege',
  });
});
