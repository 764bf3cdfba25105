/**
 * What fails in a simulated run: by chance (a call and a probability) or by script (the next call that matches). A kernel
 * that always succeeds proves nothing, so `defaultFaults` is what a simulation gets when it says nothing.
 */
import { errno } from '../../kernel/errno.ts';
import type { ChildStep, Kernel } from '../../kernel/kernel.ts';
import type { Random } from './random.ts';

/** Calls that have a way to fail. */
export type FallibleCall = Exclude<
  keyof Kernel,
  | 'monotonicNs'
  | 'realtimeNs'
  | 'isTerminal'
  | 'executable'
  | 'reap'
  | 'drainSignals'
  | 'capabilities'
  | 'pid'
  | 'close'
  | 'closeAside'
  | 'waitingCloses'
  | 'jsonLines'
>;

export interface FaultRule {
  readonly call: FallibleCall;
  /** Positive. */
  readonly errno: number;
  /** Of each matching call; 1 if absent. */
  readonly probability?: number;
  /** Matches only when the call's path (spawn: the program) contains this. */
  readonly path?: string;
  /** Lets that many matching calls pass first. */
  readonly after?: number;
  /** Fails that often, then is spent; without end if absent. */
  readonly times?: number;
  /** Spawn only: the child fails at this step; absent: clone3 itself. */
  readonly step?: ChildStep;
  /** replaceFile only: what fails is the last step, when the new content is in its place. */
  readonly late?: boolean;
}

const rare = 0.002;

/** Failures a healthy machine shows now and then. */
export const defaultFaults: readonly FaultRule[] = [
  { call: 'spawn', errno: errno.EAGAIN, probability: rare },
  { call: 'spawn', errno: errno.ENOMEM, probability: rare / 2 },
  { call: 'spawn', errno: errno.ENOMEM, probability: rare / 2, step: 11 },
  { call: 'pipe', errno: errno.EMFILE, probability: rare },
  { call: 'accept', errno: errno.EMFILE, probability: rare },
  { call: 'accept', errno: errno.ECONNABORTED, probability: rare },
  { call: 'mkdir', errno: errno.ENOMEM, probability: rare },
  { call: 'rmdir', errno: errno.EBUSY, probability: rare * 5 },
  { call: 'open', errno: errno.ENFILE, probability: rare },
  { call: 'readFile', errno: errno.ENOMEM, probability: rare / 2 },
  { call: 'writeFile', errno: errno.ENOMEM, probability: rare / 2 },
  { call: 'connectStream', errno: errno.EAGAIN, probability: rare * 5 },
  { call: 'sendDatagram', errno: errno.EAGAIN, probability: rare * 5 },
];

export interface Faults {
  /** Adds a rule before all others; returns what removes it. */
  add(rule: FaultRule): () => void;
  /** The rule that makes this call fail, if one does. */
  strike(call: FallibleCall, path: string): FaultRule | null;
  /** Turns every rule off, and on again. */
  enabled: boolean;
  /** How many calls were made to fail. */
  readonly struck: number;
}

interface LiveRule {
  readonly rule: FaultRule;
  passed: number;
  failed: number;
}

export function createFaults(random: Random, rules: readonly FaultRule[]): Faults {
  const live: LiveRule[] = rules.map((rule) => ({ rule, passed: 0, failed: 0 }));
  let struck = 0;

  function strikes(each: LiveRule, call: FallibleCall, path: string): boolean {
    const { rule } = each;
    if (rule.call !== call || (rule.path !== undefined && !path.includes(rule.path))) return false;
    if (rule.times !== undefined && each.failed >= rule.times) return false;
    if (rule.after !== undefined && each.passed < rule.after) {
      each.passed += 1;
      return false;
    }
    return rule.probability === undefined || random.chance(rule.probability);
  }

  return {
    enabled: true,
    add(rule) {
      const each = { rule, passed: 0, failed: 0 };
      live.unshift(each);
      return () => {
        const at = live.indexOf(each);
        if (at >= 0) live.splice(at, 1);
      };
    },
    strike(call, path) {
      if (!this.enabled) return null;
      for (const each of live) {
        if (!strikes(each, call, path)) continue;
        each.failed += 1;
        struck += 1;
        return each.rule;
      }
      return null;
    },
    get struck() {
      return struck;
    },
  };
}
