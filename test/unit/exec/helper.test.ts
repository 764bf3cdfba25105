/** Runs of the helper program on a simulated kernel: what each comes to, and what stays of it. */
import type { Test } from 'tap';
import t from 'tap';
import { createCgroups } from '../../../src/exec/cgroups.ts';
import type { HelperResult } from '../../../src/exec/helper.ts';
import { createHelper } from '../../../src/exec/helper.ts';
import { errno } from '../../../src/kernel/errno.ts';
import type { Program } from '../../../src/linux/simulated/processes.ts';
import { calm, createSimulatedKernel } from '../../../src/linux/simulated/simulated-kernel.ts';
import { createSimulatedLoop } from '../../../src/linux/simulated/simulated-loop.ts';

const root = '/sys/fs/cgroup/peinit';
const path = '/bin/helper';

/** `results` is what runs came to, in order, with the milliseconds since the scene began; `killed` the cgroups that were killed. */
function createScene(program: Program) {
  const mounted = [{ target: '/sys/fs/cgroup', type: 'cgroup2' }];
  const machine = createSimulatedKernel({ seed: 5, faults: [], disturbance: calm, mounted });
  const { kernel, world, processes } = machine;
  processes.program(path, program);
  const loop = createSimulatedLoop(world, (error) => {
    throw error;
  });
  const killed: string[] = [];
  const warnings: string[] = [];
  const own: boolean[] = [];
  const cgroups = createCgroups(kernel, loop);
  const state = { frozen: false };
  const noted: typeof cgroups = {
    ...cgroups,
    frozen: () => state.frozen,
    kill(tree, part) {
      killed.push(`${tree} ${part}`);
      return cgroups.kill(tree, part);
    },
  };
  const pipes: unknown[] = [];
  const watched: typeof kernel = {
    ...kernel,
    pipe(options) {
      pipes.push(options);
      return kernel.pipe(options);
    },
  };
  const helper = createHelper({ kernel: watched, loop, containment: () => noted, program: path, warn: (text) => void warnings.push(text) });
  loop.watch(kernel.catchSignals([17]), { read: true }, 'signal', () => {
    kernel.drainSignals();
    for (const status of kernel.reap()) own.push(helper.exited(status));
  });
  const results: unknown[] = [];
  const began = world.now;
  const run = (timeoutMs = 3000, argv: readonly string[] = ['check']): (() => void) =>
    helper.run(argv, timeoutMs, (result: HelperResult) => {
      const output = 'output' in result ? { output: new TextDecoder().decode(result.output) } : {};
      results.push({ ...result, ...output, ms: Number((world.now - began) / 1_000_000n) });
    });
  const left = (): unknown => kernel.readDirectory(root);
  const before = { descriptors: world.openDescriptors(), pending: loop.pending };
  /** Nothing is left of any run. */
  const isClean = (t: Test, message: string): void => {
    t.strictSame(world.openDescriptors(), before.descriptors, `${message}: no descriptor`);
    t.strictSame(loop.pending, before.pending, `${message}: no watch and no deadline`);
    const names = left();
    if (Array.isArray(names))
      t.notOk(
        names.some((name: string) => name.startsWith('@check')),
        `${message}: no cgroup`,
      );
    t.equal(processes.living().length, 0, `${message}: no process`);
    t.equal(processes.zombies(), 0, `${message}: no zombie`);
  };
  return { ...machine, loop, helper, run, results, pipes, killed, warnings, own, state, left, isClean };
}

const writes =
  (text: string, exitCode = 0): Program =>
  (process) => {
    process.write(1, text);
    process.exit(exitCode);
  };

t.test('DEF-064 a run gets its arguments and a cgroup of its own, and comes to its exit code and what it wrote', async (t) => {
  const { run, loop, processes, results, pipes, killed, own, isClean } = createScene((process) => {
    process.after(10, () => process.write(1, '1'));
    process.after(20, () => {
      process.write(1, '0');
      process.exit(3);
    });
  });
  run(3000, ['check', 'p/a']);
  t.strictSame(results, [], 'never before it returns');
  const [process] = processes.living();
  t.equal(process?.cgroup, '/peinit/@check-1');
  const { cgroup, stdout, ...request } = process!.request;
  t.ok(cgroup > 0 && stdout > 0);
  t.strictSame(pipes, [{ nonblockingRead: true }], 'PID 1 never waits for it');
  t.strictSame(request, {
    path,
    argv: [path, 'check', 'p/a'],
    environment: [],
    ownPidVariables: [],
    workingDirectory: '/',
    stdin: -1,
    stderr: -1,
    stored: [],
    limits: [],
    oomScoreAdj: null,
    projection: null,
    remote: false,
  });
  loop.runFor(1000);
  t.strictSame(results, [{ kind: 'exited', exitCode: 3, output: '10', ms: 20 }]);
  t.strictSame(own, [true]);
  t.strictSame(killed, [], 'what has ended is not killed');
  isClean(t, 'after its end');
  loop.runFor(10_000);
  t.equal(results.length, 1);
});

t.test('each run has a cgroup of its own, and one that a signal ended has no exit code', async (t) => {
  const { run, loop, processes, results, isClean } = createScene((process) => process.after(5, () => process.die(11)));
  run();
  run();
  t.strictSame(
    processes.living().map(({ cgroup }) => cgroup),
    ['/peinit/@check-1', '/peinit/@check-2'],
  );
  loop.runFor(100);
  const crashed = { kind: 'exited', exitCode: null, output: '', ms: 5 };
  t.strictSame(results, [crashed, crashed]);
  isClean(t, 'after both');
});

t.test('no more is kept of the output than its limit', async (t) => {
  const { run, loop, results, isClean } = createScene((process) => {
    for (let piece = 1; piece <= 24; piece++) process.after(piece, () => process.write(1, 'x'.repeat(4096)));
    process.after(30, () => process.exit(0));
  });
  run();
  loop.runFor(100);
  t.equal((results[0] as { output: string }).output.length, 65536);
  isClean(t, 'after a long output');
});

t.test('an interrupted read is made again', async (t) => {
  const { run, loop, faults, results } = createScene((process) => {
    process.write(1, '1');
    process.after(50, () => process.exit(0));
  });
  faults.add({ call: 'read', errno: errno.EINTR, times: 1 });
  run();
  loop.runFor(100);
  t.strictSame(results, [{ kind: 'exited', exitCode: 0, output: '1', ms: 50 }]);
});

t.test('what holds the output open after the end of the helper is not waited for', async (t) => {
  const { run, loop, results, processes, world } = createScene((process) => {
    process.fork(() => undefined);
    writes('1')(process);
  });
  const before = world.openDescriptors();
  run();
  loop.runFor(100);
  t.strictSame(results, [{ kind: 'exited', exitCode: 0, output: '1', ms: 0 }]);
  t.equal(processes.living().length, 1);
  t.strictSame(world.openDescriptors(), before);
});

t.test('DEF-065 what did not end in its time is told with what it wrote until then, and killed', async (t) => {
  const { run, loop, results, killed, warnings, processes, isClean, helper } = createScene((process) => process.write(1, '1'));
  run(3000);
  loop.runFor(2990);
  t.strictSame(results, []);
  t.equal(processes.living().length, 1);
  loop.runFor(1000);
  t.strictSame(results, [{ kind: 'timed-out', output: '1', ms: 3000 }]);
  t.strictSame(killed, ['@check-1 tree']);
  loop.runFor(10_000);
  t.equal(results.length, 1, 'its end is told to nobody');
  t.strictSame([warnings, helper.warnings()], [[], []]);
  isClean(t, 'after the time');
});

t.test('a run that is cancelled is killed and told to nobody, and cancelling it again does nothing', async (t) => {
  const { run, loop, results, killed, isClean } = createScene(() => undefined);
  const cancel = run();
  loop.runFor(10);
  cancel();
  cancel();
  t.strictSame(killed, ['@check-1 tree']);
  loop.runFor(10_000);
  cancel();
  t.strictSame(killed, ['@check-1 tree']);
  t.strictSame(results, []);
  isClean(t, 'after it was cancelled');
});

t.test('DEF-064 what cannot be started is told, not before the call returns, and leaves nothing behind', async (t) => {
  for (const [rule, message] of [
    [{ call: 'mkdir', errno: 28, path: '@check' }, /^creating the cgroup @check-1 failed: ENOSPC/],
    [{ call: 'open', errno: 24, path: '@check' }, /^creating the cgroup @check-1 failed: EMFILE/],
    [{ call: 'pipe', errno: 24 }, /^pipe2 failed: EMFILE/],
    [{ call: 'spawn', errno: 11 }, /^\/bin\/helper: clone3 failed: EAGAIN/],
  ] as const) {
    const { run, loop, faults, results, left, isClean } = createScene(writes('1'));
    faults.add(rule);
    run();
    t.strictSame(results, []);
    loop.runFor(10);
    t.equal(results.length, 1);
    t.match(results[0], { kind: 'failed', message });
    const files = ['cgroup.procs', 'cgroup.kill', 'cgroup.events', 'cgroup.stat', 'cgroup.subtree_control', 'cgroup.controllers'];
    t.strictSame(left(), files);
    isClean(t, rule.call);
    const cancel = run();
    cancel();
    loop.runFor(10);
    t.equal(results.length, 1, 'cancelled in time');
  }
});

t.test('DEF-065 what outlives SIGKILL by five seconds is told once, and is still ours when it ends', async (t) => {
  const { run, loop, results, warnings, helper, processes, own, isClean } = createScene((process) => process.hang());
  run(1000);
  loop.runFor(5900);
  t.equal(results.length, 1);
  t.strictSame([warnings, helper.warnings()], [[], []]);
  loop.runFor(200);
  const told = ['a check of paths outlived SIGKILL in cgroup peinit/@check-1 and is left behind; look for dead disks or network mounts'];
  t.strictSame([warnings, helper.warnings()], [told, told]);
  loop.runFor(60_000);
  t.strictSame(warnings, told);
  processes.living()[0]?.letGo();
  loop.runFor(100);
  t.strictSame(own, [true]);
  t.strictSame(helper.warnings(), told);
  t.equal(results.length, 1);
  isClean(t, 'after all');
});

t.test('where its cgroup is frozen a helper takes the remote path, whose error pipe is not kept', async (t) => {
  const { run, loop, results, state, processes, isClean } = createScene(writes('1'));
  state.frozen = true;
  run();
  t.equal(processes.living()[0]?.request.remote, true);
  loop.runFor(100);
  t.strictSame(results, [{ kind: 'exited', exitCode: 0, output: '1', ms: 0 }]);
  isClean(t, 'after the remote path');
});

t.test('the end of another child is none of its business', async (t) => {
  const { helper } = createScene(() => undefined);
  t.equal(helper.exited({ pid: 4711, exitCode: 0, signal: null, coreDumped: false }), false);
});

t.test('64 run at once, the time of the others begins with their turn, and one that outlives SIGKILL keeps nobody waiting', async (t) => {
  const { run, loop, processes, results } = createScene((process) =>
    process.request.argv.includes('dead') ? process.hang() : writes('1')(process),
  );
  for (let count = 0; count < 64; count++) run(1000, ['dead']);
  const cancel = run(1000);
  run(1000);
  run(1000);
  t.equal(processes.living().length, 64);
  cancel();
  loop.runFor(5900);
  t.equal(results.length, 64, 'those of the first were timed out');
  loop.runFor(200);
  t.strictSame(results.slice(64), [
    { kind: 'exited', exitCode: 0, output: '1', ms: 6000 },
    { kind: 'exited', exitCode: 0, output: '1', ms: 6000 },
  ]);
});
