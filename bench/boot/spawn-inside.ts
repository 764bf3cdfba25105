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
  readonly asSystem: readonly number[];
  readonly projected: readonly number[];
  /** As SYSTEM, without waiting for one before the next: the processors are full of programs that start. */
  readonly atOnce: readonly number[];
}

/** Takes the READY=1 of the programs, so that PID 1 has no part in this. */
const notifySocket = '/run/spawn-bench.sock';
const root = '/sys/fs/cgroup/spawn-bench';
const nobody: Projection = { uid: 65534, gid: 65534, groups: [65534], capabilities: 0n, noNewPrivileges: true };

function must(result: number, what: string): number {
  if (result < 0) throw new Error(`${what}: errno ${-result}`);
  return result;
}

interface Load {
  readonly count: number;
  readonly projection: Projection | null;
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
    const stdout = kernel.pipe({ nonblockingRead: true });
    const stderr = kernel.pipe({ nonblockingRead: true });
    if (typeof stdout === 'number' || typeof stderr === 'number') throw new Error('pipe');
    const begun = process.hrtime.bigint();
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
      projection,
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
  const load: Load = { count: Number(count), projection: null, ready };
  measure(kernel, program, { ...load, count: 50 });
  const record: SpawnRecord = {
    asSystem: measure(kernel, program, load),
    projected: measure(kernel, program, { ...load, projection: nobody }),
    atOnce: measure(kernel, program, { ...load, ready: null }),
  };
  process.stdout.write(`${JSON.stringify(record)}\n`);
}
