import { constants } from 'node:fs';
import { describeErrno, errno, isShortage } from '../kernel/errno.ts';
import type { Clock, Descriptors, Files, Processes, Result } from '../kernel/kernel.ts';
import type { Loop, LoopDeadline, Watch } from '../kernel/loop.ts';
import type { CgroupPart } from '../policy/events.ts';
import type { Containment, Owner } from './containment.ts';
import { membersOf, signalMembers } from './members.ts';
import { createReserve } from './reserve.ts';

/** Where the trees of services stand. EXEC-001. */
export const cgroupRoot = '/sys/fs/cgroup/peinit';

/** Null, or why processes cannot be held there. */
export function cgroupProblem(kernel: Pick<Files, 'mkdir' | 'rmdir' | 'readFile'>): string | null {
  const made = kernel.mkdir(cgroupRoot, 0o755);
  if (made < 0 && made !== -errno.EEXIST) return `no cgroup can be made at ${cgroupRoot}: ${describeErrno(made)}`;
  // Any other filesystem takes the directory too, but the kernel puts nothing into it.
  const events = kernel.readFile(`${cgroupRoot}/cgroup.events`, 256);
  if (typeof events !== 'number') return null;
  kernel.rmdir(cgroupRoot);
  return `what is mounted at ${cgroupRoot.slice(0, cgroupRoot.lastIndexOf('/'))} is not cgroup2: cgroup.events: ${describeErrno(events)}`;
}

const parts = ['main', 'hooks', 'health'] as const;
const openDirectoryFlags = constants.O_RDONLY | constants.O_DIRECTORY;
/** How often is tried again what the kernel had no descriptor or memory for. */
const retryNs = 100_000_000n;
/** How often a kill is tried that fails for no reason that passes by itself. */
const maxTries = 50;
const decoder = new TextDecoder();

/**
 * The cgroup trees of services: `<tree>/{main,hooks,health}` below the root, and further generations of the last two (`health@gen1`),
 * which are made when they are opened first. A part that was killed is made anew before the next spawn into it, because the kernel kills
 * whatever is born in a cgroup after a write to its cgroup.kill. Killing, and seeing that something is empty, work with the last
 * descriptor too: a service must not count as stopped while any of it lives. PSD-007 4.1, O-07.
 */
export function createCgroups(kernel: Files & Descriptors & Clock & Processes, loop: Loop): Containment {
  const root = cgroupRoot;
  const killed = new Set<string>();
  /** Further generations of hooks/ and health/ that were made. */
  const further = new Set<string>();
  const pathOf = (tree: string, part: CgroupPart | null): string =>
    part === null || part === 'tree' ? `${root}/${tree}` : `${root}/${tree}/${part}`;
  const reserve = createReserve(kernel);
  /** Kills that are to be tried again. */
  const owed = new Map<string, LoopDeadline>();
  let rootMade = false;

  function makeDirectory(path: string): Result {
    const result = kernel.mkdir(path, 0o755);
    return result === -errno.EEXIST ? 0 : result;
  }

  function makeRoot(): Result {
    if (rootMade) return 0;
    const result = makeDirectory(root);
    rootMade = result >= 0;
    return result;
  }

  function removeBelow(path: string): Result {
    const direct = kernel.rmdir(path);
    if (direct >= 0 || direct === -errno.ENOENT) return 0;
    const names = reserve.spend(() => kernel.readDirectory(path));
    if (typeof names === 'number') return names;
    for (const name of names) if (!name.includes('.')) removeBelow(`${path}/${name}`);
    for (const name of names) if (name.includes('.')) kernel.rmdir(`${path}/${name}`);
    return kernel.rmdir(path);
  }

  /** A killed directory is replaced by a new one of the same name. */
  function renew(path: string): Result {
    if (!killed.has(path)) return 0;
    const removed = removeBelow(path);
    if (removed < 0) return removed;
    const made = makeDirectory(path);
    if (made >= 0) killed.delete(path);
    return made;
  }

  /** Makes a part, or takes the one that is there unless it was killed. */
  const stand = (path: string): Result => (killed.has(path) ? renew(path) : makeDirectory(path));

  /** All parts of a tree. */
  const partsOf = (top: string): readonly string[] => [
    ...parts.map((part) => `${top}/${part}`),
    ...Array.from(further).filter((path) => path.startsWith(`${top}/`)),
  ];

  /** Whether something lives there; also true when that cannot be told. */
  function populated(path: string): boolean {
    const content = reserve.spend(() => kernel.readFile(`${path}/cgroup.events`, 256));
    return typeof content === 'number' ? content !== -errno.ENOENT && content !== -errno.ENODEV : isPopulated(content);
  }

  function kill(path: string, onKilled: () => void, tries = 1): Result {
    forgive(path);
    if (!populated(path)) return 0;
    const result = reserve.spend(() => kernel.writeFile(`${path}/cgroup.kill`, '1', { create: false }));
    if (result >= 0) onKilled();
    else if (isShortage(result) || tries < maxTries) {
      const again = later(() => kill(path, onKilled, tries + 1));
      owed.set(path, again);
    }
    return result;
  }

  /** What is born there next is not to be killed for what lived there before. */
  function forgive(path: string): void {
    owed.get(path)?.cancel();
    owed.delete(path);
  }

  const later = (body: () => void): LoopDeadline => loop.at(kernel.monotonicNs() + retryNs, body);

  function prepare(tree: string): Result {
    const top = pathOf(tree, null);
    let result = makeRoot();
    if (result >= 0) result = makeDirectory(top);
    for (const part of parts) {
      if (result < 0) break;
      result = stand(`${top}/${part}`);
    }
    if (result < 0) removeBelow(top);
    return result;
  }

  /** Descriptor of a directory that a process can be born in. */
  function open(tree: string, part: CgroupPart | null): Result {
    const path = pathOf(tree, part);
    forgive(path);
    if (part === 'main') forgive(pathOf(tree, null));
    const isFurther = part?.includes('@gen') === true;
    if (isFurther) further.add(path);
    const renewed = isFurther ? stand(path) : renew(path);
    return renewed < 0 ? renewed : kernel.open(path, openDirectoryFlags);
  }

  /** Without a descriptor to keep, the kernel cannot tell: then it is asked. */
  function askAgain(path: string, done: () => void): void {
    later(() => (populated(path) ? askAgain(path, done) : done()));
  }

  function watchEvents(path: string, done: () => void): void {
    const fd = kernel.open(`${path}/cgroup.events`, constants.O_RDONLY);
    if (fd < 0) return populated(path) ? askAgain(path, done) : done();
    const content = new Uint8Array(256);
    // Reading from the start is also what arms the next notification. Of what cannot be read only a directory that is gone proves anything.
    const look = (): 'empty' | 'populated' | 'unknown' => {
      const length = kernel.readAt(fd, content, 0);
      if (length < 0) return length === -errno.ENODEV ? 'empty' : 'unknown';
      return isPopulated(content.subarray(0, length)) ? 'populated' : 'empty';
    };
    const first = look();
    if (first === 'empty') {
      kernel.close(fd);
      return done();
    }
    const watch =
      first === 'unknown'
        ? null
        : tryWatch(fd, () => {
            if (look() !== 'empty') return;
            watch?.close();
            kernel.close(fd);
            done();
          });
    if (watch !== null) return;
    kernel.close(fd);
    askAgain(path, done);
  }

  function tryWatch(fd: number, handler: () => void): Watch | null {
    try {
      return loop.watch(fd, { priority: true }, 'signal', handler);
    } catch {
      return null;
    }
  }

  return {
    mode: 'cgroup',
    mark: null,
    weaker: [],
    prepare,
    prepareSingle(name) {
      const result = makeRoot();
      return result < 0 ? result : makeDirectory(pathOf(name, null));
    },
    place(tree, part) {
      const cgroup = open(tree, part);
      if (cgroup < 0) return cgroup;
      return { request: { cgroup }, environment: [], born: () => undefined, close: () => void kernel.close(cgroup) };
    },
    frozen(tree, part) {
      const content = kernel.readFile(`${pathOf(tree, part)}/cgroup.events`, 256);
      return typeof content !== 'number' && says(content, 'frozen 1');
    },
    look: () => undefined,
    kill(tree, part) {
      const path = pathOf(tree, part);
      return kill(path, () => {
        if (part === 'tree') for (const each of partsOf(path)) killed.add(each);
        else killed.add(path);
      });
    },
    isEmpty: (tree, part) => !populated(pathOf(tree, part)),
    members: (tree, part) => membersOf(kernel, pathOf(tree, part)),
    signal(tree, part, signals, except) {
      const path = pathOf(tree, part);
      if (populated(path)) signalMembers(kernel, path, signals, except);
    },
    whenEmpty(tree, part, done) {
      watchEvents(pathOf(tree, part), done);
    },
    remove(tree) {
      const top = pathOf(tree, null);
      for (const path of partsOf(top)) {
        killed.delete(path);
        further.delete(path);
      }
      return removeBelow(top);
    },
    reaped: () => undefined,
    ownerOf: (pid) => ownerIn(cgroupOf(kernel, pid)),
  };
}

/** Path of the cgroup2 of a process as process 1 sees it; null: that cannot be told. Its line in /proc begins with 0:: */
export function cgroupOf(kernel: Pick<Files, 'readFile'>, pid: number): string | null {
  const content = kernel.readFile(`/proc/${pid}/cgroup`, 4096);
  if (typeof content === 'number') return null;
  const line = decoder
    .decode(content)
    .split('\n')
    .find((each) => each.startsWith('0::'));
  return line === undefined ? null : line.slice('0::'.length);
}

/** What is made below a part by its own processes belongs to it. */
function ownerIn(path: string | null): Owner | null {
  const match = path === null ? null : /\/peinit\/([^/]+)(?:\/([^/]+))?/.exec(path);
  const [, tree, part] = match ?? [];
  if (tree === undefined) return null;
  return { tree, part: part === undefined ? null : (part as CgroupPart) };
}

const isPopulated = (events: Uint8Array): boolean => says(events, 'populated 1');

/** Whether cgroup.events has that line. */
const says = (events: Uint8Array, line: string): boolean => decoder.decode(events).split('\n').includes(line);
