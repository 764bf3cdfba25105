/** The token table, on a simulated machine without an authority. */
import t from 'tap';
import { createTags, tagsOf } from '../../../../src/exec/tags.ts';
import { errno } from '../../../../src/kernel/errno.ts';
import type { SimulationOptions } from '../../../../src/linux/simulated/simulated-kernel.ts';
import { calm, createSimulatedKernel } from '../../../../src/linux/simulated/simulated-kernel.ts';
import { createSimulatedLoop } from '../../../../src/linux/simulated/simulated-loop.ts';
import { createIdentities } from '../../../../src/platform/hosted/identity/identities.ts';
import { ownToken } from '../../../../src/platform/hosted/identity/principals.ts';
import { readMarks, readToken } from '../../../../src/platform/hosted/identity/token-file.ts';
import type { ProcessToken, TokenOutcome, TokenWish } from '../../../../src/platform/identity.ts';
import { isSystemIdentity } from '../../../../src/policy/definition/identity.ts';
import { privilegeNames } from '../../../../src/security/privileges.ts';
import { serviceSid } from '../../../../src/security/service-sid.ts';

const first = 0x50000000;
const directory = '/run/peinit/tokens';

function createScene(options: Partial<SimulationOptions> = {}, fewTags?: { first: number; last: number }) {
  const machine = createSimulatedKernel({ seed: 3, faults: [], disturbance: calm, ...options });
  const { kernel, world, faults } = machine;
  const errors: unknown[] = [];
  const loop = createSimulatedLoop(world, (error) => errors.push(error));
  kernel.mkdir('/run/peinit', 0o755);
  const answers: [string, TokenOutcome][] = [];
  const warnings: string[] = [];
  const identities = createIdentities({
    kernel,
    loop,
    tags: fewTags === undefined ? createTags(kernel) : tagsOf(fewTags),
    isSystem: isSystemIdentity,
    rootIsSystem: true,
    jobOf: () => null,
    warn: (text) => void warnings.push(text),
    answer: (job, outcome) => void answers.push([job, outcome]),
  });
  const wish = (job: string, changes: Partial<TokenWish> = {}): TokenOutcome | undefined => {
    identities.request({ job, service: 'web', identity: 'SYSTEM', requiredPrivileges: null, ...changes });
    return answers.at(-1)?.[1];
  };
  /** The token of a process that is made. */
  const start = (job: string, changes: Partial<TokenWish> = {}): ProcessToken => {
    const outcome = wish(job, changes);
    const used = outcome?.ok ? identities.use(outcome.token) : JSON.stringify(outcome);
    if (typeof used === 'string') throw new Error(used);
    return used;
  };
  const files = (): readonly string[] => {
    const names = kernel.readDirectory(directory);
    return typeof names === 'number' ? [] : names.toSorted();
  };
  return { ...machine, identities, loop, faults, wish, start, answers, warnings, files };
}

t.test('ID-001 ID-003 PRIN-009 ID-006 each process of SYSTEM has a token of its own, and that of peinit stays what it is', async (t) => {
  const { start, kernel, files } = createScene();
  const before = JSON.stringify(ownToken, (_, value: unknown) => (typeof value === 'bigint' ? `${value}` : value));
  const one = start('one');
  const two = start('two', { requiredPrivileges: ['SeShutdownPrivilege'] });
  t.strictSame([one.id, two.id, one.tag, two.tag], ['one', 'two', first, first + 1]);
  t.strictSame(files(), [String(first), String(first + 1), 'machine']);
  const token = readToken(kernel, first)?.spec.token;
  t.strictSame(token, { ...ownToken, groups: [...ownToken.groups, { sid: serviceSid('web'), attributes: 7 }] });
  t.strictSame(privilegeNames(readToken(kernel, first + 1)?.spec.token.privilegesPresent ?? 0n), ['SeShutdownPrivilege']);
  t.equal(
    JSON.stringify(ownToken, (_, value: unknown) => (typeof value === 'bigint' ? `${value}` : value)),
    before,
  );
});

t.test('PRIN-011 SYSTEM is what it is by its name in any case and by its SID, and nothing else is', async (t) => {
  const { wish } = createScene();
  for (const identity of ['SYSTEM', 'system', 'S-1-5-18', 's-1-5-18']) t.match(wish('j', { identity }), { ok: true }, identity);
  const { wish: other, answers, loop } = createScene();
  for (const identity of ['LocalService', 'SYSTEMS', 'MYSYSTEM', 'S-1-5-180', '']) other('j', { identity });
  loop.runFor(100);
  t.equal(answers.length, 5);
  for (const [, outcome] of answers)
    t.match(outcome, { ok: false, message: /^no token for Identity ".*": the authority \(authd\) is not available/ });
});

t.test('the projection of SYSTEM is root as ever with a mark; what its definition takes away is gone', async (t) => {
  const { start } = createScene();
  t.strictSame(start('whole').projection, {
    uid: 0,
    gid: 0,
    groups: [0, first],
    capabilities: null,
    isRoot: true,
    noNewPrivileges: false,
  });
  const reduced = (...requiredPrivileges: readonly string[]) => start(`r${requiredPrivileges.length}`, { requiredPrivileges }).projection;
  t.strictSame(reduced()?.capabilities, 0n);
  const port = reduced('SeBindPrivilegedPortPrivilege');
  t.strictSame([port?.capabilities, port?.isRoot, port?.noNewPrivileges, port?.uid], [1n << 10n, true, true, 0]);
  t.strictSame(reduced('SeRestorePrivilege', 'SeBackupPrivilege')?.capabilities, 0b11111n);
  t.strictSame(
    start('ids', { requiredPrivileges: ['SeCreateTokenPrivilege', 'SeAssignPrimaryTokenPrivilege'] }).projection?.capabilities,
    0b11000000n,
  );
  t.strictSame(start('half', { requiredPrivileges: ['SeCreateTokenPrivilege'] }).projection?.capabilities, 0n, 'only both set ids');
});

t.test('D-20 ID-011 an unknown privilege fails the start, one that is listed twice counts once', async (t) => {
  const { wish } = createScene();
  t.match(wish('j', { requiredPrivileges: ['SeShutdownPrivilege', 'seshutdownprivilege'] }), {
    ok: false,
    message: /^no token for Identity "SYSTEM": RequiredPrivileges names seshutdownprivilege, which is no privilege; correct it$/,
  });
  t.match(wish('j', { requiredPrivileges: ['SeShutdownPrivilege', 'SeShutdownPrivilege'] }), { ok: true });
});

t.test('a capability that peinit lacks is left out, and said once', async (t) => {
  const { start, warnings, identities } = createScene({ capabilities: 0x1ff_ffff_ffffn & ~(1n << 22n) });
  t.equal(start('a', { requiredPrivileges: ['SeShutdownPrivilege', 'SeDebugPrivilege'] }).projection?.capabilities, 1n << 19n);
  start('b', { requiredPrivileges: ['SeShutdownPrivilege'] });
  t.strictSame(warnings, ['privileges of services come without CAP_SYS_BOOT: peinit itself does not have that here']);
  t.strictSame(identities.warnings(), warnings, 'and stays among the warnings of the machine');
});

t.test('a token is good for one process, and for none when it was given back or never given', async (t) => {
  const { wish, identities, files } = createScene();
  const [one, two] = [wish('a'), wish('b')];
  if (!one?.ok || !two?.ok) throw new Error('no token');
  identities.drop(two.token);
  identities.drop(99);
  t.type(identities.use(one.token), 'object');
  for (const token of [0, one.token, two.token])
    t.throws(() => identities.use(token), { message: `token ${token} was not granted, or is used up` });
  t.strictSame(files(), [String(first), 'machine'], 'only what is used is told to the daemons');
});

t.test('a token is known a moment longer than its last process, then it is dead', async (t) => {
  const { start, identities, files, loop, streams } = createScene();
  const { id, tag } = start('one');
  start('two');
  identities.ended(id);
  loop.runFor(900);
  t.strictSame(files(), [String(first), String(first + 1), 'machine']);
  loop.runFor(200);
  t.strictSame(files(), [String(first + 1), 'machine']);
  identities.ended(id);
  identities.ended('never');
  identities.ended('two');
  identities.ended('two');
  loop.runFor(1100);
  t.strictSame(files(), ['machine']);
  t.equal(tag, first);
  t.ok(streams);
});

t.test('who is at the other end is told by the mark, as long as the token lives', async (t) => {
  const { start, identities, kernel, loop, streams, warnings } = createScene();
  const { tag } = start('one');
  const listener = kernel.listenStream('/run/peinit/control.sock', 0o666, 8);
  const connect = () => {
    streams.connect('/run/peinit/control.sock', { pid: 40, uid: 0, gid: 0, groups: [0, tag ?? 0] });
    loop.runFor(10);
    return identities.peer(kernel.accept(listener));
  };
  const peer = connect();
  t.strictSame([peer?.tokenId, peer?.token.user, peer?.summary.service_sid], ['one', 'S-1-5-18', serviceSid('web')]);
  identities.ended('one');
  loop.runFor(1100);
  t.strictSame([connect()?.token.user, warnings.length], ['S-1-5-7', 1]);
  t.strictSame(peer?.token.user, 'S-1-5-18', 'a connection keeps what it was');
  for (let count = 0; count < 20; count++) connect();
  t.equal(warnings.length, 1, 'a flood is told once a second');
  loop.runFor(1000);
  connect();
  t.match(warnings[1], /that of no living token \(and 20 more since\)$/);
});

t.test('the daemons read what peinit wrote, and only root may', async (t) => {
  const { start, kernel, tree } = createScene();
  kernel.mkdir(directory, 0o755);
  kernel.writeFile(`${directory}/77`, 'of an earlier boot');
  const { id } = start('one');
  t.strictSame(readMarks(kernel), { tags: { first, last: 0x5fffffff }, rootIsSystem: true });
  t.strictSame([readToken(kernel, first)?.id, readToken(kernel, 77), readToken(kernel, first + 1)], [id, null, null]);
  const node = tree.lookup(`${directory}/${first}`);
  t.equal(typeof node === 'number' ? node : node.mode, 0o600);
  for (const broken of ['{"id":"x","tok', '{"id":"x","token":"AAAA"}', 'null']) {
    kernel.writeFile(`${directory}/${first}`, broken);
    t.equal(readToken(kernel, first), null, broken);
  }
});

t.test('a token that cannot be told to the daemons starts nothing, and leaves nothing', async (t) => {
  const { wish, identities, files, faults } = createScene();
  const use = (job: string) => {
    const outcome = wish(job);
    return outcome?.ok ? identities.use(outcome.token) : 'refused';
  };
  const cases = [
    [{ call: 'mkdir', errno: errno.EROFS }, /^creating \/run\/peinit\/tokens failed: EROFS/],
    [{ call: 'writeFile', errno: 28, path: 'machine' }, /^writing \/run\/peinit\/tokens\/machine failed: ENOSPC/],
    [{ call: 'writeFile', errno: 28, path: String(first + 2) }, /^writing its token to .* failed: ENOSPC .*; make room on \/run$/],
  ] as const;
  for (const [rule, message] of cases) {
    const remove = faults.add(rule);
    const used = use('j');
    remove();
    t.match(used, message);
  }
  t.strictSame(files(), ['machine']);
  t.type(use('j'), 'object');
});

t.test('O-65 marks come again only when all were had; when all are in use no token is granted', async (t) => {
  const { start, wish, identities, loop } = createScene({}, { first: 100, last: 102 });
  for (const job of ['a', 'b', 'c']) start(job);
  t.match(wish('d'), { ok: false, message: /every group that marks tokens is in use; stop what is not needed$/ });
  identities.ended('b');
  loop.runFor(1100);
  t.equal(start('d').tag, 101);
});

t.test('without marks processes run with what peinit has, and have tokens all the same', async (t) => {
  const { start, identities, files, kernel } = createScene({ mappedIds: 1 });
  t.equal(identities.mode, 'single_uid');
  t.strictSame(start('one', { requiredPrivileges: [] }), { id: 'one', tag: null, projection: null, uid: 0, gid: 0 });
  t.match(identities.warnings()[0], /^identities do not isolate services here/);
  t.strictSame([files(), readMarks(kernel)?.tags], [['machine'], null]);
});

t.test('ID-017 JFS-004 a job has a token like that of its submitter, with a mark of its own', async (t) => {
  const { start, identities, kernel, loop, streams, wish } = createScene();
  const { tag } = start('one', { requiredPrivileges: ['SeCreateJobPrivilege'] });
  const listener = kernel.listenStream('/run/peinit/jfs.sock', 0o666, 8);
  const connect = (groups: readonly number[], uid = 0) => {
    streams.connect('/run/peinit/jfs.sock', { pid: 40, uid, gid: 0, groups });
    loop.runFor(10);
    const peer = identities.peer(kernel.accept(listener));
    if (peer === null) throw new Error('nobody');
    return identities.capture(peer);
  };
  const captured = connect([tag ?? 0]);
  identities.ended('one');
  loop.runFor(1100);
  const copy = start('job', { service: null, identity: 'whatever', captured });
  t.strictSame([copy.tag, copy.uid], [first + 1, 0]);
  const { capabilities, isRoot, noNewPrivileges } = copy.projection ?? {};
  t.strictSame([capabilities, isRoot, noNewPrivileges], [0n, true, true], 'and no more capabilities');
  const { token } = readToken(kernel, first + 1)?.spec ?? {};
  t.strictSame([token?.user, privilegeNames(token?.privilegesPresent ?? 0n)], ['S-1-5-18', ['SeCreateJobPrivilege']]);
  const root = start('of root', { service: null, captured: connect([]) });
  t.strictSame(readToken(kernel, root.tag ?? 0)?.spec.token, ownToken);
  t.match(wish('of nobody', { captured: connect([99, first + 77]) }), { ok: false, message: /nobody in particular submitted it/ });
  identities.forget(captured);
  t.match(wish('too late', { captured }), { ok: false, message: /its submitter is gone/ });
});
