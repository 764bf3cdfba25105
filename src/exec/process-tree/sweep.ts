/**
 * Signals to all that live in a part. What forks meanwhile is met by looking again until nobody new is there. A kill stops them first: who
 * is stopped has no more children, so the round that finds nobody new has all of them, and then they die together. O-68.
 */
import { isGone, isShortage } from '../../kernel/errno.ts';
import type { Clock, Descriptors, Processes, ProcessRow, Result } from '../../kernel/kernel.ts';
import type { Loop } from '../../kernel/loop.ts';
import type { CgroupPart } from '../../policy/events.ts';
import type { Reserve } from '../reserve.ts';
import type { Census } from './census.ts';
import type { Parts } from './parts.ts';
import type { Vigils } from './vigil.ts';
import { retryNs } from './vigil.ts';

export interface Sweeps {
  signal(tree: string, name: CgroupPart, signals: readonly number[], except: number | null): void;
  /** Goes on over several turns where there are many, and until nobody is left. */
  kill(tree: string, name: CgroupPart): void;
  /** What is born there next is not to be killed for what lived there before. */
  forgive(tree: string, name: CgroupPart | null): void;
}

export interface SweepsParts {
  readonly kernel: Pick<Clock & Descriptors & Processes, 'monotonicNs' | 'close' | 'openProcess' | 'signal'>;
  readonly loop: Loop;
  readonly reserve: Reserve;
  readonly parts: Parts;
  readonly census: Census;
  readonly vigils: Vigils;
}

/** A kill that is under way. */
interface Kill {
  readonly tree: string;
  readonly name: CgroupPart;
  /** The start of each that was stopped. */
  readonly stopped: Map<number, ProcessRow>;
  /** How often something failed that does not pass by itself. */
  tries: number;
  isOver: boolean;
  /** Of the vigil over those that are about to die. */
  endVigil: () => void;
}

const sigkill = 9;
const sigstop = 19;
/** A service that forks without end must not keep process 1. */
const roundsPerTurn = 4;
const signalsPerTurn = 512;
const maxRounds = 32;
const maxTries = 50;

export function createSweeps({ kernel, loop, reserve, parts, census, vigils }: SweepsParts): Sweeps {
  const kills = new Set<Kill>();
  const livingIn = (tree: string, name: CgroupPart): readonly ProcessRow[] => parts.within(tree, name).flatMap((part) => part.living);

  /** 0, also when it is gone, or -errno. */
  function strike(row: ProcessRow, signals: readonly number[]): Result {
    const pidfd = reserve.spend(() => kernel.openProcess(row.pid));
    // The descriptor is of who has that number now: if it is the one that was found, it is so for ever.
    let result = pidfd < 0 ? pidfd : census.isStill(row);
    if (result === 1) for (const signal of signals) result = kernel.signal(pidfd, signal);
    if (pidfd >= 0) kernel.close(pidfd);
    return isGone(result) ? 0 : result;
  }

  /** What fails is tried again; not for ever when that does not pass by itself. */
  function strikes(kill: Kill, row: ProcessRow, signal: number): boolean {
    const result = strike(row, [signal]);
    if (result >= 0) return true;
    if (!isShortage(result)) kill.tries += 1;
    return kill.tries > maxTries;
  }

  function goOn(kill: Kill, step: () => void): void {
    loop.defer(() => {
      if (!kill.isOver) step();
    });
  }

  function goOnAfterRetry(kill: Kill, step: () => void): void {
    loop.at(kernel.monotonicNs() + retryNs, () => {
      if (!kill.isOver) step();
    });
  }

  function stopAll(kill: Kill): void {
    let budget = signalsPerTurn;
    for (let round = 0; round < roundsPerTurn && budget > 0; round++) {
      if (census.take() < 0) return goOnAfterRetry(kill, () => stopAll(kill));
      const living = livingIn(kill.tree, kill.name);
      const fresh = living.filter(({ pid, start }) => kill.stopped.get(pid)?.start !== start);
      if (fresh.length === 0) return killAll(kill, living);
      for (const row of fresh.slice(0, budget)) {
        if (!strikes(kill, row, sigstop)) return goOnAfterRetry(kill, () => stopAll(kill));
        kill.stopped.set(row.pid, row);
        budget -= 1;
      }
    }
    goOn(kill, () => stopAll(kill));
  }

  function killAll(kill: Kill, living: readonly ProcessRow[]): void {
    for (const [index, row] of living.slice(0, signalsPerTurn).entries())
      if (!strikes(kill, row, sigkill)) return goOnAfterRetry(kill, () => killAll(kill, living.slice(index)));
    if (living.length > signalsPerTurn) return goOn(kill, () => killAll(kill, living.slice(signalsPerTurn)));
    kill.endVigil = vigils.keep(
      kill.tree,
      kill.name,
      () => end(kill),
      (found) => {
        if (found.every(({ pid, start }) => kill.stopped.get(pid)?.start === start)) return false;
        // Somebody let one go on that was stopped, and it got away: once more.
        goOn(kill, () => stopAll(kill));
        return true;
      },
    );
  }

  function end(kill: Kill): void {
    kill.isOver = true;
    kills.delete(kill);
    kill.endVigil();
  }

  return {
    signal(tree, name, signals, except) {
      const done = new Set(except === null ? [] : [except]);
      for (let round = 0; round < maxRounds && census.take() >= 0; round++) {
        const fresh = livingIn(tree, name).filter(({ pid }) => !done.has(pid));
        if (fresh.length === 0) return;
        for (const row of fresh.slice(0, signalsPerTurn)) {
          strike(row, signals);
          done.add(row.pid);
        }
      }
    },
    kill(tree, name) {
      for (const kill of kills) if (kill.tree === tree && kill.name === name) end(kill);
      if (census.latest() >= 0 && livingIn(tree, name).length === 0) return;
      const kill: Kill = { tree, name, stopped: new Map(), tries: 0, isOver: false, endVigil: () => undefined };
      kills.add(kill);
      stopAll(kill);
    },
    forgive(tree, name) {
      for (const kill of kills) {
        if (kill.tree !== tree || (kill.name !== name && !(kill.name === 'tree' && name === 'main'))) continue;
        for (const row of kill.stopped.values()) strike(row, [sigkill]);
        end(kill);
      }
    },
  };
}
