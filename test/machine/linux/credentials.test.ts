import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync } from 'node:fs';
import { constants as osConstants } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import type { Projection } from '../../../src/kernel/kernel.ts';
import { both, failed, kernel, makeCgroup, makeDirectory, run, shell } from './support.ts';

const { errno } = osConstants;
const nobody: Projection = { uid: 65534, gid: 65533, groups: [70002, 70001, 1342177281], capabilities: 0n, noNewPrivileges: true };
const capability = { dacReadSearch: 1n << 2n, netBindService: 1n << 10n, sysTime: 1n << 25n, sysBoot: 1n << 22n };

/** One line of /proc/self/status. */
const statusOf = (output: string, key: string): string => output.match(new RegExp(`^${key}:\t(.*)$`, 'm'))?.[1]?.trim() ?? '(none)';
const hex = (mask: bigint): string => mask.toString(16).padStart(16, '0');

both('the projection sets every id and exactly the groups asked for', async (t, remote) => {
  const { output } = await run(shell('cat /proc/self/status', makeCgroup(t), { projection: nobody, remote }));
  t.equal(statusOf(output, 'Uid'), '65534\t65534\t65534\t65534');
  t.equal(statusOf(output, 'Gid'), '65533\t65533\t65533\t65533');
  t.equal(statusOf(output, 'Groups'), '70001 70002 1342177281');
  t.equal(statusOf(output, 'NoNewPrivs'), '1');
});

/** Those that a process has, or may come to have. */
const sets = ['CapInh', 'CapPrm', 'CapEff', 'CapAmb'] as const;

both('without capabilities every set is empty, and without no_new_privs the bounding set too', async (t, remote) => {
  const { output } = await run(shell('cat /proc/self/status', makeCgroup(t), { projection: nobody, remote }));
  for (const set of sets) t.equal(statusOf(output, set), hex(0n), set);
  const open = { ...nobody, noNewPrivileges: false };
  const { output: bounded } = await run(shell('cat /proc/self/status', makeCgroup(t), { projection: open, remote }));
  for (const set of [...sets, 'CapBnd']) t.equal(statusOf(bounded, set), hex(0n), set);
});

both('the capabilities asked for are in every set, after exec by an ordinary user too', async (t, remote) => {
  const capabilities = capability.netBindService | capability.dacReadSearch;
  const { output } = await run(shell('cat /proc/self/status', makeCgroup(t), { projection: { ...nobody, capabilities }, remote }));
  for (const set of sets) t.equal(statusOf(output, set), hex(capabilities), set);
});

both('uid 0 gets no capability beyond those asked for', async (t, remote) => {
  const projection = { ...nobody, uid: 0, gid: 0, groups: [], capabilities: capability.netBindService };
  const { output } = await run(shell('cat /proc/self/status', makeCgroup(t), { projection, remote }));
  t.equal(statusOf(output, 'Uid'), '0\t0\t0\t0');
  t.equal(statusOf(output, 'Groups'), '');
  for (const set of ['CapPrm', 'CapEff']) t.equal(statusOf(output, set), hex(capability.netBindService), set);
});

t.test('the secure bits are locked: a program cannot give uid 0 its powers back', async (t) => {
  const projection = { ...nobody, uid: 0, gid: 0, capabilities: 0n };
  const { output } = await run(shell('setpriv --dump | grep -i securebits', makeCgroup(t), { projection }));
  for (const bit of ['noroot', 'noroot_locked', 'no_setuid_fixup', 'no_setuid_fixup_locked', 'keep_caps_locked']) t.match(output, bit);
});

t.test('without no_new_privs a set-uid program may gain, with it it may not', async (t) => {
  const probe = async (noNewPrivileges: boolean): Promise<string> => {
    const { output } = await run(shell('cat /proc/self/status', makeCgroup(t), { projection: { ...nobody, noNewPrivileges } }));
    return statusOf(output, 'NoNewPrivs');
  };
  t.equal(await probe(true), '1');
  t.equal(await probe(false), '0');
});

t.test('programs that are set-uid root, or have capabilities of their own, give nothing', async (t) => {
  const directory = makeDirectory(t);
  chmodSync(directory, 0o755);
  const copies = ['set-uid', 'with-capabilities'].map((name) => join(directory, name));
  for (const copy of copies) copyFileSync('/bin/cat', copy);
  const [setUid = '', withCapabilities = ''] = copies;
  chmodSync(setUid, 0o4755);
  chmodSync(withCapabilities, 0o755);
  const given = spawnSync('setcap', ['cap_sys_boot,cap_setuid+ep', withCapabilities]);
  const runs = given.status === 0 ? copies : [setUid];
  for (const copy of runs) {
    const { output } = await run(shell(`exec ${copy} /proc/self/status`, makeCgroup(t), { projection: nobody }));
    for (const set of sets) t.equal(statusOf(output, set), hex(0n), `${set} of ${copy}`);
    t.equal(statusOf(output, 'Uid'), '65534\t65534\t65534\t65534');
  }
});

t.test('null leaves ids, groups and capabilities as this process has them', async (t) => {
  const { output } = await run(shell('cat /proc/self/status', makeCgroup(t)));
  t.equal(statusOf(output, 'CapEff'), hex(kernel.capabilities()));
  t.equal(statusOf(output, 'NoNewPrivs'), '0');
  t.equal(statusOf(output, 'Uid').split('\t')[0], String(process.getuid?.()));
});

t.test('EXEC-016 a projection that cannot be had fails step 4 with its errno', async (t) => {
  const cgroup = makeCgroup(t);
  const missing = (1n << 63n) | capability.netBindService;
  t.same(failed(kernel.spawn(shell('true', cgroup, { projection: { ...nobody, capabilities: missing } }))), {
    errno: errno.EINVAL,
    step: 4,
    call: 'child',
  });
  // A capability that this process does not hold cannot be given.
  const lacking = ~kernel.capabilities() & ((1n << 41n) - 1n);
  t.ok(lacking !== 0n, 'this machine keeps at least one capability back');
  t.match(failed(kernel.spawn(shell('true', cgroup, { projection: { ...nobody, capabilities: lacking } }))), {
    errno: errno.EPERM,
    step: 4,
  });
});

t.test('the ids of this process are untouched by a hundred projected children', async (t) => {
  const cgroup = makeCgroup(t);
  const before = [process.geteuid?.(), process.getegid?.(), process.getgroups?.().join()];
  for (let i = 0; i < 100; i++) {
    const result = await run(shell('', cgroup, { path: '/bin/true', argv: ['true'], projection: nobody }));
    t.equal(result.status.exitCode, 0);
  }
  t.same([process.geteuid?.(), process.getegid?.(), process.getgroups?.().join()], before);
});

both('a projection that is root as ever changes its groups alone', async (t, remote) => {
  const projection: Projection = { uid: 0, gid: 0, groups: [0, 1342177282], capabilities: null, isRoot: true, noNewPrivileges: false };
  const { output } = await run(shell('cat /proc/self/status; setpriv --dump | grep -i securebits', makeCgroup(t), { projection, remote }));
  t.equal(statusOf(output, 'Groups'), '0 1342177282');
  for (const set of ['CapPrm', 'CapEff']) t.equal(statusOf(output, set), hex(kernel.capabilities()), set);
  t.equal(statusOf(output, 'NoNewPrivs'), '0');
  t.match(output, /Securebits: \[none\]/i);
});

both('what is cut off a root as ever is gone for everything that it runs', async (t, remote) => {
  const projection: Projection = {
    uid: 0,
    gid: 0,
    groups: [1342177283],
    capabilities: capability.netBindService,
    isRoot: true,
    noNewPrivileges: true,
  };
  const { output } = await run(shell('cat /proc/self/status', makeCgroup(t), { projection, remote }));
  for (const set of ['CapPrm', 'CapEff', 'CapBnd']) t.equal(statusOf(output, set), hex(capability.netBindService), set);
  for (const set of ['CapInh', 'CapAmb']) t.equal(statusOf(output, set), hex(0n), set);
  t.strictSame([statusOf(output, 'NoNewPrivs'), statusOf(output, 'Uid').split('\t')[0]], ['1', '0']);
});

t.test('who owns the pipe of its output may open it again by its path', async (t) => {
  const opens = async (owner?: { uid: number; gid: number }): Promise<number | null> => {
    const pipe = kernel.pipe({ nonblockingRead: true, ...(owner === undefined ? {} : { owner }) });
    if (typeof pipe === 'number') throw new Error(`no pipe: ${pipe}`);
    t.teardown(() => void pipe.map(kernel.close));
    const projection = { ...nobody, uid: 61001, gid: 61001, groups: [] };
    const { status } = await run(shell('echo hello > /dev/stderr', makeCgroup(t), { projection, stderr: pipe[1] }));
    return status.exitCode;
  };
  t.equal(await opens({ uid: 61001, gid: 61001 }), 0);
  t.not(await opens(), 0);
});
