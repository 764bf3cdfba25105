/** Services of a random machine: their definitions, and programs that behave in every way a program may. */

import type { Program, SimulatedProcess } from '../../../src/linux/simulated/processes.ts';
import type { Random } from '../../../src/linux/simulated/random.ts';
import { openFile } from '../../../src/linux/simulated/world.ts';
import type { Value, Values } from '../../support/fake-registryd.ts';
import type { Scene } from '../../support/simulated-peinit.ts';
import { deadPaths, hangingPaths } from '../../support/simulated-peinit.ts';

/** Kind of the descriptors that services leave with peinit. */
export const storedKind = 'stored';

/** What was done to processes that no signal ends. */
export interface Hangs {
  /** Hangs until it is let go, by itself after a while or by everyone(). */
  hang(process: SimulatedProcess): void;
  /** Whether it hangs, or did in the last seconds. */
  excuses(process: SimulatedProcess): boolean;
  /** Lets all of them go; from now on nothing hangs. */
  release(): void;
  readonly count: number;
}

export function createHangs(scene: Scene, random: Random): Hangs {
  const hanging = new Map<number, SimulatedProcess>();
  const releasedAt = new Map<number, bigint>();
  let allowed = true;
  let count = 0;
  function letGo(process: SimulatedProcess): void {
    if (!hanging.delete(process.pid)) return;
    releasedAt.set(process.pid, scene.world.now);
    process.letGo();
  }
  return {
    hang(process) {
      if (!allowed) return;
      count += 1;
      process.hang();
      hanging.set(process.pid, process);
      if (random.chance(0.7)) scene.world.schedule(BigInt(random.below(40_000)) * 1_000_000n, () => letGo(process));
    },
    excuses: ({ pid }) => hanging.has(pid) || scene.world.now - (releasedAt.get(pid) ?? -(1n << 62n)) < 2_000_000_000n,
    release() {
      allowed = false;
      for (const process of [...hanging.values()]) letGo(process);
    },
    get count() {
      return count;
    },
  };
}

const pick = <T>(random: Random, from: readonly T[]): T => from[random.below(from.length)] as T;

const texts = [
  'READY=1',
  'READY=1\nSTATUS=here',
  'STATUS=busy',
  'WATCHDOG=1',
  'STOPPING=1',
  'RELOADING=1',
  'EXTEND_TIMEOUT_USEC=2000000',
  'ERRNO=5',
  'EXIT_STATUS=3',
  'BARRIER=1',
  'garbage',
  '',
  'READY=yes',
  'X='.repeat(40_000),
  'WATCHDOG_USEC=700000',
  'FDSTOREREMOVE=1\nFDNAME=a',
  'FDSTOREREMOVE=1',
];

/** A program that throws the dice each time it is started. */
export function randomProgram(random: Random, hangs: Hangs): Program {
  const soon = (): number => random.below(400);

  function talk(process: SimulatedProcess): void {
    if (random.chance(0.4))
      process.write(random.chance(0.5) ? 1 : 2, `${'line '.repeat(random.below(30))}${random.chance(0.8) ? '\n' : ''}`);
    if (random.chance(0.3)) process.notify(pick(random, texts));
    if (random.chance(0.1))
      process.notify(`FDSTORE=1\nFDNAME=${pick(random, ['a', 'b', 'c:d', ''])}`, [openFile(storedKind, {}), openFile(storedKind, {})]);
    if (random.chance(0.02)) process.closeOutput(random.chance(0.5) ? 1 : 2);
    process.after(200 + random.below(8000), () => talk(process));
  }

  return (process) => {
    const dice = random.next();
    // Before anything of it is up.
    if (dice < 0.06) return process.after(soon(), () => process.exit(random.below(4)));
    if (dice < 0.08) return process.after(soon(), () => process.die(pick(random, [6, 9, 11, 15])));
    if (dice < 0.1) return hangs.hang(process);
    // It lives, in its way.
    if (random.chance(0.85)) process.after(soon(), () => process.notify('READY=1'));
    if (random.chance(0.2)) process.onSignal(15, () => undefined);
    else if (random.chance(0.3)) process.onSignal(15, () => process.after(soon(), () => process.exit(0)));
    if (random.chance(0.5)) process.onSignal(1, () => process.after(soon(), () => process.notify('RELOADING=1')));
    if (random.chance(0.3)) process.after(soon(), () => talk(process));
    if (random.chance(0.2)) process.fork((child) => void (random.chance(0.5) && child.after(random.below(60_000), () => child.exit(0))));
    if (random.chance(0.1)) process.fork((child) => child.onSignal(15, () => undefined));
    if (random.chance(0.3)) process.after(random.below(60_000), () => process.exit(random.below(3)));
    if (random.chance(0.1)) process.after(random.below(60_000), () => process.die(pick(random, [6, 9, 11])));
    if (random.chance(0.06)) process.after(random.below(60_000), () => hangs.hang(process));
    if (random.chance(0.05)) process.after(random.below(30_000), () => hangs.hang(process.fork(() => undefined)));
  };
}

/** Ends, sooner or later, and mostly well: Oneshots, hooks, checks of health. */
export function randomCommand(random: Random, hangs: Hangs): Program {
  return (process) => {
    if (random.chance(0.02)) return hangs.hang(process);
    if (random.chance(0.1)) process.fork((child) => child.after(random.below(20_000), () => child.exit(0)));
    if (random.chance(0.05)) return;
    process.after(random.below(1500), () => (random.chance(0.1) ? process.die(11) : process.exit(random.chance(0.8) ? 0 : 1)));
  };
}

export const daemons = ['/svc/local', '/srv/remote', '/svc/absent'] as const;
export const commandPath = '/svc/command';

const conditions = [
  'path:/etc',
  'path:/nowhere',
  'directory:/etc',
  `path:${hangingPaths}/x`,
  `file:${deadPaths}/x`,
  'registry:Machine\\System\\Services\\s1',
];

/** Values of the mount m<index>: what it needs may hang, or never come. */
export const randomMount = (random: Random, index: number): Values => ({
  MountPoint: `${index > 0 && random.chance(0.3) ? '/mnt/m0' : '/mnt'}/m${index}`,
  Device: pick(random, ['tmpfs', 'tmpfs', 'tmpfs', `${hangingPaths}/disk`, '/dev/absent']),
  FsType: pick(random, ['tmpfs', 'tmpfs', 'tmpfs', 'unknown']),
  Fsck: random.below(2),
  StartTimeout: 1 + random.below(8),
});

/** Values of the service s<index>. Hard dependencies point to services before it, now and then elsewhere. */
export function randomDefinition(random: Random, index: number, count: number): Values {
  const values: Record<string, Value> = {
    ImagePath: random.chance(0.75) ? daemons[0] : random.chance(0.8) ? daemons[1] : daemons[2],
    Identity: random.chance(0.97) ? 'SYSTEM' : 'LocalService',
    StopTimeout: random.below(6),
    StartTimeout: 1 + random.below(8),
    RestartPolicy: random.below(3),
    RestartDelay: random.below(3),
    RestartMaxRetries: random.below(5),
    RestartWindow: pick(random, [0, 5, 30]),
    Readiness: random.below(2),
  };
  const may = (chance: number, name: string, value: () => Value): void => {
    if (random.chance(chance)) values[name] = value();
  };
  const other = (): string => (random.chance(0.95) ? `s${random.below(Math.max(1, index))}` : `s${random.below(count + 2)}`);
  if (random.chance(0.25)) Object.assign(values, { Type: 1, ImagePath: commandPath, RemainAfterExit: random.below(2) });
  may(0.6, 'Triggers', () => ['boot']);
  may(0.05, 'Disabled', () => 1);
  if (index > 0) {
    may(0.3, 'Requires', () => [other(), ...(random.chance(0.3) ? [other()] : [])]);
    may(0.2, 'Wants', () => [other()]);
    may(0.1, 'BindsTo', () => [other()]);
    may(0.06, 'Conflicts', () => [other()]);
    may(0.1, 'OnFailure', other);
  }
  may(0.1, 'Conditions', () => [pick(random, conditions)]);
  may(0.05, 'Asserts', () => [pick(random, conditions)]);
  may(0.5, 'PreStartCheckTimeout', () => 1 + random.below(3));
  may(0.1, 'ExecStartPre', () => [commandPath, ...(random.chance(0.3) ? [`${commandPath} again`] : [])]);
  may(0.1, 'ExecStartPost', () => [commandPath]);
  may(0.3, 'ExecReload', () => (random.chance(0.5) ? commandPath : 'signal:SIGHUP'));
  may(0.15, 'HealthCheck', () => commandPath);
  if ('HealthCheck' in values) Object.assign(values, { HealthCheckInterval: 1 + random.below(5), HealthCheckTimeout: 1 + random.below(3) });
  if (values['Readiness'] === 1) may(0.2, 'ReadinessCheck', () => commandPath);
  may(0.1, 'WatchdogTimeout', () => 1 + random.below(4));
  may(0.2, 'FdStoreMax', () => random.below(4));
  may(0.1, 'RuntimeDirectories', () => [`run-${index}`]);
  may(0.02, 'StartTimeout', () => 'soon');
  return values;
}
