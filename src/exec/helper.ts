import { describeErrno, errno } from '../kernel/errno.ts';
import type { ExitStatus, Kernel } from '../kernel/kernel.ts';
import type { Loop } from '../kernel/loop.ts';
import { postKillNs } from '../policy/trees.ts';
import type { Containment } from './containment.ts';
import type { Pass } from './gate.ts';
import { createGate } from './gate.ts';
import { plainProcess } from './plain-process.ts';

/** What a run of the helper program came to. */
export type HelperResult =
  | { readonly kind: 'exited'; readonly exitCode: number | null; readonly output: Uint8Array }
  /** `output`: what it wrote until then. */
  | { readonly kind: 'timed-out'; readonly output: Uint8Array }
  | { readonly kind: 'failed'; readonly message: string };

/**
 * Runs of the static helper program, which touches the paths that PID 1 must not touch: each in a cgroup of its own with a deadline,
 * so that a path that hangs costs nothing but that run. DEF-064, DEF-065.
 */
export interface Helper {
  /**
   * `argv` as helper-protocol.ts builds it. `done` is called once, never before this returns; the function returned cancels the run.
   * Where many are under way it waits for its turn, and its time begins with that.
   */
  run(argv: readonly string[], timeoutMs: number, done: (result: HelperResult) => void): () => void;
  /** The same for what the end of the machine waits for, a few runs: not behind others, which may all hang. O-177. */
  runAtOnce: Helper['run'];
  /** The reaper found this child; true when it was a helper's. */
  exited(status: ExitStatus): boolean;
  /** What of it stays wrong, in words. */
  warnings(): readonly string[];
}

interface Run {
  readonly cgroup: string;
  readonly pidfd: number;
  /** Its process was reaped: reads what it wrote and settles. */
  reaped(exitCode: number | null): void;
}

interface Child {
  readonly pid: number;
  readonly pidfd: number;
  readonly output: number;
}

const sigkill = 9;
const outputLimit = 65536;
/** Processes at once: no client, and no boot, may use up those of the machine. */
const runsAtOnce = 64;

export interface HelperParts {
  readonly kernel: Kernel;
  readonly loop: Loop;
  readonly containment: () => Containment;
  /** Path of the program. */
  readonly program: string;
  /** Tells whoever reads the console. */
  readonly warn: (text: string) => void;
}

export function createHelper({ kernel, loop, containment, program, warn }: HelperParts): Helper {
  const runs = new Map<number, Run>();
  const gate = createGate(runsAtOnce);
  let count = 0;
  let leak: string | null = null;

  /** A run outlived SIGKILL. DEF-065. */
  function leaked(cgroup: string): void {
    leak = `a check of paths outlived SIGKILL in cgroup peinit/${cgroup} and is left behind; look for dead disks or network mounts`;
    warn(leak);
  }

  function start(argv: readonly string[], cgroup: string): Child | string {
    const made = containment().prepareSingle(cgroup);
    const placement = made < 0 ? made : containment().place(cgroup, null, null);
    if (typeof placement === 'number') return `creating the cgroup ${cgroup} failed: ${describeErrno(placement)}`;
    const pipe = kernel.pipe({ nonblockingRead: true });
    if (typeof pipe === 'number') {
      placement.close();
      return `pipe2 failed: ${describeErrno(pipe)}`;
    }
    const more = { ...placement.request, environment: placement.environment, stdout: pipe[1], remote: containment().frozen(cgroup, null) };
    const spawned = kernel.spawn(plainProcess(program, argv, more));
    if (!('errno' in spawned)) placement.born(spawned.pid);
    placement.close();
    kernel.close(pipe[1]);
    if (!('errno' in spawned)) {
      // On the remote path: a program that cannot be started ends without an answer, which says enough.
      if (spawned.errorPipe >= 0) kernel.close(spawned.errorPipe);
      return { pid: spawned.pid, pidfd: spawned.pidfd, output: pipe[0] };
    }
    kernel.close(pipe[0]);
    return `${program}: ${spawned.call} failed: ${describeErrno(spawned.errno)}`;
  }

  function follow(child: Child, cgroup: string, timeoutMs: number, pass: Pass, done: (result: HelperResult) => void): () => void {
    const written: number[] = [];
    const buffer = new Uint8Array(4096);
    let alive = true;
    let reading = true;
    let settled = false;

    /** Reads what is there now; at its end, or in any case with `last`, the pipe is closed. */
    function readOutput(last: boolean): void {
      while (reading) {
        const length = kernel.read(child.output, buffer);
        if (length > 0) {
          if (written.length < outputLimit) written.push(...buffer.subarray(0, length));
          continue;
        }
        if ((length === -errno.EAGAIN || length === -errno.EINTR) && !last) return;
        reading = false;
        watch.close();
        kernel.close(child.output);
      }
    }

    /** A process that is still alive is killed, and reaped later. */
    function settle(): boolean {
      if (settled) return false;
      settled = true;
      deadline.cancel();
      readOutput(true);
      if (alive) {
        containment().kill(cgroup, 'tree');
        kernel.signal(child.pidfd, sigkill);
        loop.at(kernel.monotonicNs() + postKillNs, () => {
          if (!alive) return;
          leaked(cgroup);
          // It may never end: others have to go on.
          pass.leave();
        });
      }
      return true;
    }

    const watch = loop.watch(child.output, { read: true }, 'signal', () => readOutput(false));
    const deadline = loop.at(kernel.monotonicNs() + BigInt(timeoutMs) * 1_000_000n, () => {
      if (settle()) done({ kind: 'timed-out', output: Uint8Array.from(written) });
    });
    runs.set(child.pid, {
      cgroup,
      pidfd: child.pidfd,
      reaped(exitCode) {
        alive = false;
        pass.leave();
        if (settle()) done({ kind: 'exited', exitCode, output: Uint8Array.from(written) });
      },
    });
    return () => void settle();
  }

  function begin(argv: readonly string[], timeoutMs: number, pass: Pass, done: (result: HelperResult) => void): () => void {
    const cgroup = `@check-${++count}`;
    const child = start(argv, cgroup);
    if (typeof child !== 'string') return follow(child, cgroup, timeoutMs, pass, done);
    containment().remove(cgroup);
    let cancelled = false;
    loop.defer(() => {
      pass.leave();
      if (!cancelled) done({ kind: 'failed', message: child });
    });
    return () => {
      cancelled = true;
    };
  }

  /** Of what takes no room. */
  const free: Pass = { leave: () => undefined };

  return {
    runAtOnce: (argv, timeoutMs, done) => begin(argv, timeoutMs, free, done),
    run(argv, timeoutMs, done) {
      let cancel: (() => void) | null = null;
      const pass = gate.enter((own) => {
        cancel = begin(argv, timeoutMs, own, done);
      });
      return () => {
        if (cancel === null) pass.leave();
        else cancel();
      };
    },
    exited(status) {
      const run = runs.get(status.pid);
      if (run === undefined) return false;
      runs.delete(status.pid);
      kernel.close(run.pidfd);
      containment().remove(run.cgroup);
      run.reaped(status.exitCode);
      return true;
    },
    warnings: () => (leak === null ? [] : [leak]),
  };
}
