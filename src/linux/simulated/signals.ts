/** Signals to PID 1: records that arrive late. SIGCHLD merges while one is under way, as pending signals do. */

import type { SignalRecord, Signals } from '../../kernel/kernel.ts';
import { pollBits } from '../dispatcher.ts';
import type { World } from './world.ts';
import { openFile } from './world.ts';

export interface SimulatedSignals extends Signals {
  /** Somebody sends PID 1 a signal; without a handler it has no effect. */
  raise(signal: number, senderPid: number, senderUid: number): void;
}

const sigchld = 17;

export function createSignals(world: World): SimulatedSignals {
  const records: SignalRecord[] = [];
  let caught: ReadonlySet<number> = new Set();
  let descriptor = -1;
  let childUnderWay = false;
  const file = openFile('signals', { ready: () => (records.length > 0 ? pollBits.in : 0) });

  return {
    catchSignals(signals) {
      caught = new Set(signals);
      if (descriptor < 0) descriptor = world.install(file);
      return descriptor;
    },
    drainSignals: () => records.splice(0),
    raise(signal, senderPid, senderUid) {
      if (!caught.has(signal) || (signal === sigchld && childUnderWay)) return;
      if (signal === sigchld) childUnderWay = true;
      world.schedule(world.delay(), () => {
        if (signal === sigchld) childUnderWay = false;
        records.push({ signal, senderPid, senderUid });
        world.touch(file);
      });
    },
  };
}
