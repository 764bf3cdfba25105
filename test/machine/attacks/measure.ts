/** One attack on a machine of its own, and what others saw of it, beside what they see while nothing happens. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Test } from 'tap';
import { ControlClient } from '../../../clients/typescript/generated/client.ts';
import { ConnectionError, connectControl, controlSocketPath } from '../../../clients/typescript/transport.ts';
import type { Machine } from '../../support/machine.ts';
import { bootSettled, project } from '../../support/machine.ts';
import { until } from '../../support/wait.ts';
import { start } from '../sandbox/sandbox.ts';
import type { Attack } from './attack.ts';
import { callRoll, harmedSince, healthy } from './healthy.ts';

export interface Findings {
  /** Worst answer that root got on a new connection: before, and from the attack's beginning until its effects were over. */
  readonly quietMs: number;
  readonly worstMs: number;
  /** What happened to healthy services, in words. */
  readonly harmed: readonly string[];
  /** Greatest memory of PID 1, before and during the attack. */
  readonly quietMb: number;
  readonly peakMb: number;
  /** How the attacker itself ended, when it did not do so well. */
  readonly failure: string | null;
}

/** Between two questions. */
const betweenMs = 10;
const patienceMs = 8_000;
const quietAsks = 50;
/** It is over when so many answers in a row came as quickly as usual. */
const calmAsks = 25;
/** An attack must not have effects for longer. */
const aftermathMs = 6_000;

/** What else belongs to a measurement: something is undone at its end. */
export type Scope = Pick<Test, 'teardown'>;

export async function measure(scope: Scope, attack: Attack): Promise<Findings> {
  const machine = await bootSettled(scope as Test, { registry: { ...healthy, ...attack.registry } });
  const standing = await machine.client();
  const roll = await callRoll(standing);

  resetPeak(machine);
  const quiet: number[] = [];
  while (quiet.length < quietAsks) quiet.push(await askInMs(machine));
  const quietMs = Math.max(...quiet);
  const quietMb = peakMb(machine);

  resetPeak(machine);
  const attacker = start(scope as Test, ['exec', machine.name, '--', process.execPath, join(project, attackerPath), attack.what]);
  await until('the attack has begun', () => attacker.stdout().includes('begun'), { more: attacker.stderr });
  let worstMs = 0;
  let calm = 0;
  let over = Number.POSITIVE_INFINITY;
  void attacker.ended.finally(() => {
    over = performance.now();
    calm = 0;
  });
  while (calm < calmAsks && performance.now() < over + aftermathMs) {
    const took = await askInMs(machine);
    worstMs = Math.max(worstMs, took);
    calm = over < performance.now() && took <= 3 * quietMs ? calm + 1 : 0;
  }
  const { status, stderr } = await attacker.ended;
  const peak = peakMb(machine);
  return {
    quietMs,
    worstMs,
    harmed: await harmedSince(roll, await machine.client()),
    quietMb,
    peakMb: peak,
    failure: status === 0 ? null : `the attacker ended with ${status}: ${stderr}`,
  };
}

const attackerPath = 'test/machine/attacks/attacker.ts';

/** Connects anew, as a command does, and asks; whoever is turned away tries again. How long it took, or that it took too long. */
async function askInMs(machine: Machine): Promise<number> {
  await pause(betweenMs);
  const begun = performance.now();
  const took = (): number => performance.now() - begun;
  while (!(await isAnswered(machine)) && took() < patienceMs) await pause(betweenMs);
  return took();
}

async function isAnswered(machine: Machine): Promise<boolean> {
  try {
    const transport = await connectControl(machine.path(controlSocketPath));
    await new ControlClient(transport).status({ service: 'plain' });
    transport.close();
    return true;
  } catch (error) {
    if (error instanceof ConnectionError) return false;
    throw error;
  }
}

/** Makes the kernel forget the greatest memory that PID 1 had so far. */
const resetPeak = ({ pid }: Machine): void => writeFileSync(`/proc/${pid}/clear_refs`, '5');

function peakMb({ pid }: Machine): number {
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  if (kilobytes === undefined) throw new Error(`/proc/${pid}/status tells no VmHWM`);
  return Number(kilobytes) / 1024;
}
