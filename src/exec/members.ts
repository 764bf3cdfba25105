/**
 * The processes in a cgroup and in those that it made below itself. A number read from cgroup.procs may be another process a moment
 * later, so each is opened first and signalled only if the cgroup still names it then: the descriptor is that process or a dead one.
 * What forks meanwhile is met by reading again until nobody new is there.
 */
import { errno } from '../kernel/errno.ts';
import type { Descriptors, Files, Processes } from '../kernel/kernel.ts';

type Readable = Pick<Files, 'readFile' | 'readDirectory'>;
type Seam = Readable & Pick<Descriptors & Processes, 'close' | 'openProcess' | 'signal'>;

interface Opened {
  readonly pid: number;
  readonly pidfd: number;
}

/** So many are open at once. */
const batchSize = 256;
/** A service that forks without end must not keep process 1: what is left is killed at StopTimeout. */
const maxRounds = 32;
/** Nor must one that makes cgroups without end. */
const maxDescendants = 1000;
const maxBytes = 1 << 20;
const decoder = new TextDecoder();

/** Pids in a cgroup and below it; null: there is no descriptor to read them with. */
export function membersOf(kernel: Readable, path: string): ReadonlySet<number> | null {
  const listed = linesOf(kernel, `${path}/cgroup.procs`);
  if (listed === null) return null;
  // Processes of another pid namespace are shown as 0. 1 is peinit itself, which a service may have moved there: no stop is to end it.
  const pids = new Set(listed.map(Number).filter((pid) => pid > 1));
  const stat = linesOf(kernel, `${path}/cgroup.stat`)?.find((line) => line.startsWith('nr_descendants '));
  const descendants = Number(stat?.split(' ')[1] ?? 0);
  const names = descendants === 0 || descendants > maxDescendants ? [] : kernel.readDirectory(path);
  if (typeof names === 'number') return pids;
  for (const name of names) for (const pid of membersOf(kernel, `${path}/${name}`) ?? []) pids.add(pid);
  return pids;
}

/** Each process gets the signals once, one after the other; `except` gets none. */
export function signalMembers(kernel: Seam, path: string, signals: readonly number[], except: number | null): void {
  const done = new Set<number>(except === null ? [] : [except]);
  let members = membersOf(kernel, path);
  for (let round = 0; round < maxRounds && members !== null; round++) {
    const fresh = Array.from(members).filter((pid) => !done.has(pid));
    if (fresh.length === 0) return;
    const opened = openSome(kernel, fresh.slice(0, batchSize), done);
    members = membersOf(kernel, path);
    while (members === null && opened.length > 0) {
      kernel.close(opened.pop()?.pidfd ?? -1);
      members = membersOf(kernel, path);
    }
    for (const { pid, pidfd } of opened) {
      if (members?.has(pid) === true) for (const signal of signals) kernel.signal(pidfd, signal);
      kernel.close(pidfd);
      done.add(pid);
    }
  }
}

/** As many as there are descriptors for. Those that are gone are done. */
function openSome(kernel: Seam, pids: readonly number[], done: Set<number>): Opened[] {
  const opened: Opened[] = [];
  for (const pid of pids) {
    const pidfd = kernel.openProcess(pid);
    if (pidfd >= 0) opened.push({ pid, pidfd });
    else if (isShortage(pidfd)) break;
    else done.add(pid);
  }
  return opened;
}

const isShortage = (result: number): boolean => result === -errno.EMFILE || result === -errno.ENFILE;

/** What cannot be read for another reason has none. */
function linesOf(kernel: Readable, path: string): readonly string[] | null {
  const content = kernel.readFile(path, maxBytes);
  if (typeof content !== 'number') return decoder.decode(content).split('\n');
  return isShortage(content) ? null : [];
}
