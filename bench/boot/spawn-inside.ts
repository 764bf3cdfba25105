/**
 * Runs inside a machine: spawns through the real shim and prints how long each call took, in nanoseconds, as one line of JSON.
 *
 *   node spawn-inside.ts SHIM PROGRAM COUNT
 */
import { constants } from 'node:fs';
import { errno } from '../../src/kernel/errno.ts';
import type { Kernel, Projection } from '../../src/kernel/kernel.ts';
import { createRealKernel } from '../../src/linux/real-kernel.ts';
import { loadShim } from '../../src/linux/shim.ts';

export interface SpawnRecord {
  /** Both in turn: a pair has the same place in both. */
  readonly asSystem: readonly number[];
  readonly projected: readonly number[];
  /** As SYSTEM, without waiting for one before the next: the processors are full of programs that start. */
  readonly atOnce: readonly number[];
}

/** Takes the READY=1 of the programs, so that PID 1 has no part in this. */
const notifySocket = '/run/spawn-bench.sock';
const root = '/sys/fs/cgroup/spawn-bench';
const mark = 0x50000000;
const system = { uid: 0, gid: 0, capabilities: null, isRoot: true, noNewPrivileges: false } as const;
const localService = { uid: 61001, gid: 61002, capabilities: 0n, noNewPrivileges: true } as const;

/** What a service of SYSTEM, or of LocalService, runs with: each has a mark of its own. */
const asSystem = (number: number): Projection => ({ ...system, groups: [0, mark + number] });
const asLocalService = (number: number): Projection => ({ ...localService, groups: [61003, mark + number] });

function must(result: number, what: string): number {
  if (result < 0) throw new Error(`${what}: errno ${-result}`);
  return result;
}

interface Load {
  readonly count: number;
  /** Of the process with that number. */
  readonly projection: (number: number) => Projection;
  /** Socket on which each program says that it is up before the next is spawned; null: all at once. */
  readonly ready: number | null;
}

function measure(kernel: Kernel, program: string, { count, projection, ready }: Load): number[] {
  const took: number[] = [];
  const pause = new Int32Array(new SharedArrayBuffer(4));
  must(kernel.mkdir(root, 0o755), root);
  for (let number = 0; number < count; number++) {
    const path = `${root}/${number}`;
    must(kernel.mkdir(path, 0o755), path);
    const cgroup = must(kernel.open(path, constants.O_RDONLY | constants.O_DIRECTORY), path);
    const projected = projection(number);
    const begun = process.hrtime.bigint();
    const pipe = { nonblockingRead: true, ...(projected.uid === 0 ? {} : { owner: projected }) };
    const stdout = kernel.pipe(pipe);
    const stderr = kernel.pipe(pipe);
    if (typeof stdout === 'number' || typeof stderr === 'number') throw new Error('pipe');
    const spawned = kernel.spawn({
      path: program,
      argv: [program, '-u', 'something', '--like=arguments'],
      environment: ['PATH=/usr/bin:/bin', `NOTIFY_SOCKET=${notifySocket}`, 'LANG=C'],
      ownPidVariables: [],
      workingDirectory: '/',
      cgroup,
      stdin: -1,
      stdout: stdout[1],
      stderr: stderr[1],
      stored: [],
      limits: [{ resource: 7, soft: 1024n, hard: 4096n }],
      oomScoreAdj: null,
      projection: projected,
      remote: false,
    });
    took.push(Number(process.hrtime.bigint() - begun));
    if ('errno' in spawned) throw new Error(`spawn: ${spawned.call}, step ${spawned.step}, errno ${spawned.errno}`);
    while (ready !== null && kernel.receiveDatagram(ready) === -errno.EAGAIN) Atomics.wait(pause, 0, 0, 0.2);
    for (const fd of [cgroup, ...stdout, ...stderr, spawned.pidfd]) kernel.close(fd);
  }
  must(kernel.writeFile(`${root}/cgroup.kill`, '1', { create: false }), 'cgroup.kill');
  for (let left = count; left > 0; ) left -= kernel.reap().length;
  for (let number = 0; number < count; number++) kernel.rmdir(`${root}/${number}`);
  must(kernel.rmdir(root), root);
  return took;
}

if (import.meta.main) {
  const [shim = '', program = '', count = ''] = process.argv.slice(2);
  const kernel = createRealKernel(loadShim(shim));
  kernel.reserveDescriptors(8000);
  kernel.setSlice(100);
  const ready = must(kernel.bindDatagram(notifySocket, 0o666, 8 << 20), notifySocket);
  const load: Load = { count: Number(count), projection: asSystem, ready };
  measure(kernel, program, { ...load, count: 50 });
  const inTurn = { ...load, count: 2 * load.count, projection: (number: number) => (number % 2 === 0 ? asSystem : asLocalService)(number) };
  const both = measure(kernel, program, inTurn);
  const record: SpawnRecord = {
    asSystem: both.filter((_, number) => number % 2 === 0),
    projected: both.filter((_, number) => number % 2 === 1),
    atOnce: measure(kernel, program, { ...load, ready: null }),
  };
  process.stdout.write(`${JSON.stringify(record)}\n`);
}
