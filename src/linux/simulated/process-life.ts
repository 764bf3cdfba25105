/** How simulated processes end: signals on their way, zombies that wait for their reaper, and what becomes of the children of the dead. */
import type { Entry } from './process-entry.ts';
import type { SimulatedSignals } from './signals.ts';
import type { World } from './world.ts';
import { milliseconds } from './world.ts';

const sigchld = 17;
export const sigkill = 9;
const sigcont = 18;
const sigstop = 19;
/** Default action: nothing. Of those that stop only SIGSTOP does. */
const harmless = new Set([sigchld, sigcont, 20, 21, 22, 23, 28]);

export interface ProcessLife {
  /** By pid; whoever is not there was reaped. */
  readonly table: Map<number, Entry>;
  end(entry: Entry, exitCode: number | null, signal: number | null): void;
  receive(entry: Entry, signal: number): void;
  /** A signal on its way: it arrives late. One that stops holds at once: who sent it sees no child born after it. */
  post(entry: Entry, signal: number): void;
  forget(entry: Entry): void;
  /** Those that PID 1 has not reaped, and from now on has. */
  takeZombies(): Entry[];
  zombies(): number;
}

export function createProcessLife(world: World, signals: SimulatedSignals): ProcessLife {
  const table = new Map<number, Entry>();
  let zombies: Entry[] = [];

  function end(entry: Entry, exitCode: number | null, signal: number | null): void {
    if (entry.state !== 'running') return;
    const { pid } = entry.process;
    entry.state = 'zombie';
    entry.status = { pid, exitCode, signal, coreDumped: signal === 6 || signal === 11 };
    for (const cancel of entry.cancels) cancel();
    entry.cancels.clear();
    for (const file of entry.held.splice(0)) world.release(file);
    entry.cgroup.members.delete(pid);
    entry.cgroup.changed();
    for (const child of table.values()) if (child.parent === pid) adopt(child);
    world.touch(entry.pidfd);
    if (entry.parent === 1) becomeZombie(entry);
    else forget(entry);
  }

  /** What it wrote and sent is there before anybody can see that it ended: only the news of both may be late. */
  function becomeZombie(entry: Entry): void {
    const appear = (): void => {
      zombies.push(entry);
      signals.raise(sigchld, entry.process.pid, 0);
    };
    const { delayNs } = world.disturbance;
    if (delayNs === 0n) appear();
    else world.schedule(delayNs + 1n, appear);
  }

  function adopt(entry: Entry): void {
    entry.parent = 1;
    if (entry.state === 'zombie') becomeZombie(entry);
  }

  function forget(entry: Entry): void {
    entry.state = 'reaped';
    table.delete(entry.process.pid);
  }

  function receive(entry: Entry, signal: number): void {
    if (entry.state !== 'running' || signal === 0) return;
    if (signal === sigstop && !entry.hanging) {
      entry.stopped = true;
      return;
    }
    if (signal === sigcont) goOn(entry);
    if (entry.stopped && signal !== sigkill) {
      entry.heldBack.push(() => receive(entry, signal));
      return;
    }
    if (entry.hanging) {
      if (entry.pending !== sigkill) entry.pending = signal;
      return;
    }
    const handler = signal === sigkill ? undefined : entry.handlers.get(signal);
    if (handler !== undefined) handler();
    else if (!harmless.has(signal)) end(entry, null, signal);
  }

  function goOn(entry: Entry): void {
    entry.stopped = false;
    for (const action of entry.heldBack.splice(0)) action();
  }

  function post(entry: Entry, signal: number): void {
    if (signal === sigstop) return receive(entry, signal);
    world.schedule(world.random.upTo(milliseconds(0.5)), () => receive(entry, signal));
  }

  return {
    table,
    end,
    receive,
    post,
    forget,
    takeZombies() {
      const taken = zombies;
      zombies = [];
      return taken;
    },
    zombies: () => zombies.length,
  };
}
