/** A spawn request as the shim takes it: one array of numbers, one text, one array of 64-bit numbers. Layout: shim/request.c. */
import { errno } from '../kernel/errno.ts';
import type { ChildStep, Spawned, SpawnFailure, SpawnRequest } from '../kernel/kernel.ts';
import { childStep } from '../kernel/kernel.ts';
import type { Shim } from './shim.ts';

const flag = { remote: 1, oom: 2, projection: 4, noNewPrivileges: 8, terminal: 16, root: 32, groups: 64 } as const;
const allCapabilities = (1n << 64n) - 1n;
/** Places of the answer, which overwrites the request. */
const answer = { pid: 0, pidfd: 1, errorPipe: 2, errno: 3, step: 4, call: 5 } as const;
const listsAt = 15;
/** CLONE_NEW flags of the namespaces. */
const namespaces = { cgroup: 0x0200_0000, uts: 0x0400_0000 } as const;

const steps: ReadonlyMap<number, ChildStep> = new Map(Object.values(childStep).map((step) => [step, step]));
const callNames = ['', 'clone3', 'pipe2', 'dup3', 'mmap', 'spawn', 'open', 'exec'];

function terminated(strings: readonly string[]): string {
  return strings.length === 0 ? '' : `${strings.join('\0')}\0`;
}

function textOf(request: SpawnRequest): string {
  const fixed = `${request.path}\0${request.workingDirectory}\0`;
  return fixed + terminated(request.argv) + terminated(request.environment) + terminated(request.ownPidVariables);
}

function flagsOf(request: SpawnRequest): number {
  let flags = request.remote ? flag.remote : 0;
  if (request.oomScoreAdj !== null) flags |= flag.oom;
  if (request.projection !== null) flags |= flag.projection;
  if (request.projection !== null || request.tag !== undefined) flags |= flag.groups;
  if (request.projection?.noNewPrivileges) flags |= flag.noNewPrivileges;
  if (request.projection?.isRoot) flags |= flag.root;
  if (request.controllingTerminal === true) flags |= flag.terminal;
  return flags;
}

/** Without any of its own a process has those of peinit. */
function groupsOf({ projection, tag }: SpawnRequest): readonly number[] {
  if (tag === undefined) return projection?.groups ?? [];
  return [...(projection?.groups ?? process.getgroups?.() ?? []), tag];
}

/** Spawns through the shim; the arrays are kept between calls. */
export function createSpawner(shim: Shim): (request: SpawnRequest) => Spawned | SpawnFailure {
  let numbers = new Int32Array(64);
  let wide = new BigUint64Array(8);

  function fill(request: SpawnRequest): void {
    const { stored, limits, projection } = request;
    const groups = groupsOf(request);
    const length = listsAt + stored.length + groups.length + limits.length;
    if (numbers.length < length) numbers = new Int32Array(length * 2);
    if (wide.length < 1 + 2 * limits.length) wide = new BigUint64Array(1 + 2 * limits.length);
    numbers[0] = flagsOf(request);
    numbers[1] = request.cgroup;
    numbers[2] = request.stdin;
    numbers[3] = request.stdout;
    numbers[4] = request.stderr;
    numbers[5] = request.oomScoreAdj ?? 0;
    numbers[6] = request.namespace === undefined ? 0 : namespaces[request.namespace];
    numbers[7] = projection?.uid ?? 0;
    numbers[8] = projection?.gid ?? 0;
    numbers[9] = request.argv.length;
    numbers[10] = request.environment.length;
    numbers[11] = request.ownPidVariables.length;
    numbers[12] = stored.length;
    numbers[13] = groups.length;
    numbers[14] = limits.length;
    let at = listsAt;
    for (const descriptor of stored) numbers[at++] = descriptor;
    for (const group of groups) numbers[at++] = group;
    let wideAt = 0;
    wide[wideAt++] = projection?.capabilities ?? allCapabilities;
    for (const limit of limits) {
      numbers[at++] = limit.resource;
      wide[wideAt++] = limit.soft;
      wide[wideAt++] = limit.hard;
    }
  }

  return (request) => {
    fill(request);
    if (shim.spawn(numbers, textOf(request), wide) < 0) return { errno: errno.EINVAL, step: null, call: 'spawn' };
    const failure = numbers[answer.errno] ?? 0;
    if (failure === 0)
      return { pid: numbers[answer.pid] ?? 0, pidfd: numbers[answer.pidfd] ?? -1, errorPipe: numbers[answer.errorPipe] ?? -1 };
    return { errno: failure, step: steps.get(numbers[answer.step] ?? 0) ?? null, call: callNames[numbers[answer.call] ?? 0] || 'child' };
  };
}
