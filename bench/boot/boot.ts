/** The boot of many services that become ready, against a C loop of the identical steps in the same run. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { msBetween, parseInstant } from '../support/instant.ts';
import { program, project } from '../support/programs.ts';
import type { Row, Section } from '../support/report.ts';
import { runSandbox, seedingMs, withDirectory } from '../support/sandbox.ts';
import type { FloorBoot } from './floor.ts';
import { bootFloor } from './floor.ts';
import type { BootRecord } from './inside.ts';
import { seedOf } from './seed.ts';

const parallel = 64;

interface PeinitBoot {
  readonly firstLine: number;
  readonly phaseOne: number;
  readonly registryd: number;
  readonly read: number;
  readonly load: number;
  readonly firstService: number;
  readonly startLoop: number;
  readonly settling: number;
  readonly lastReady: number;
  readonly cpu: number;
  readonly memory: number;
  readonly allCpu: number;
  readonly authd: number;
  readonly authdCpu: number;
}

export function partsOf(begunAt: bigint, { times, settledAt, services, cpu, memory, allCpu, authority }: BootRecord): PeinitBoot {
  const instant = (text: string | null): bigint => {
    if (text === null) throw new Error('a step of the boot has no time');
    return parseInstant(text);
  };
  const started = instant(times.started_at);
  const registryStarted = instant(times.registry_started_at);
  const registryReady = instant(times.registry_ready_at);
  const read = instant(times.definitions_read_at);
  const loaded = instant(times.definitions_loaded_at);
  const first = services.map(({ startedAt }) => parseInstant(startedAt)).reduce((a, b) => (a < b ? a : b));
  const last = services.map(({ activeAt }) => parseInstant(activeAt)).reduce((a, b) => (a > b ? a : b));
  return {
    firstLine: msBetween(begunAt, started),
    phaseOne: msBetween(started, registryStarted),
    registryd: msBetween(registryStarted, registryReady),
    read: msBetween(registryReady, read),
    load: msBetween(read, loaded),
    firstService: msBetween(begunAt, first),
    startLoop: msBetween(loaded, last),
    settling: msBetween(last, instant(settledAt)),
    lastReady: msBetween(begunAt, last),
    cpu,
    memory,
    allCpu,
    authd: authority === null ? Number.NaN : msBetween(parseInstant(authority.startedAt), parseInstant(authority.activeAt)),
    authdCpu: authority?.cpu ?? Number.NaN,
  };
}

async function bootPeinit(keep: string, seed: string): Promise<PeinitBoot> {
  const run = await runSandbox({
    options: ['--keep', keep, '--registry', seed],
    command: ['node', join(project, 'bench/boot/inside.ts')],
  });
  return partsOf(run.begunAt, JSON.parse(run.stdout) as BootRecord);
}

export async function benchBoot(count: number, runs: number): Promise<Section> {
  return withDirectory(async (directory) => {
    const seed = join(directory, 'services.json');
    writeFileSync(seed, seedOf(count, parallel, program('service')));
    const keep = join(directory, 'machine');
    // The first boot imports and is not counted; the others find the store as it was left.
    const seeded = await runSandbox({ options: ['--keep', keep, '--registry', seed, '--console'], command: ['true'] });
    const peinit: PeinitBoot[] = [];
    const floor: FloorBoot[] = [];
    for (let run = 0; run < runs; run++) {
      floor.push(await bootFloor(count, parallel));
      peinit.push(await bootPeinit(keep, seed));
    }
    const of = (pick: (boot: PeinitBoot) => number): number[] => peinit.map(pick);
    // Each boot is divided by the floor that ran right before it: what else the machine does then weighs on both.
    const share = (boot: (boot: PeinitBoot) => number, part: (floor: FloorBoot) => number): number[] =>
      peinit.map((each, run) => boot(each) / part(floor[run] as FloorBoot));
    const rows: Row[] = [
      { what: 'launcher to first line of peinit', unit: 'ms', samples: of((boot) => boot.firstLine), target: { under: 35 } },
      { what: 'phase 1 up to registryd', unit: 'ms', samples: of((boot) => boot.phaseOne) },
      { what: 'registryd: spawn to READY=1', unit: 'ms', samples: of((boot) => boot.registryd) },
      { what: 'probe read and whole tree', unit: 'ms', samples: of((boot) => boot.read) },
      { what: 'decode, check, graph', unit: 'ms', samples: of((boot) => boot.load) },
      { what: 'start loop to last READY=1', unit: 'ms', samples: of((boot) => boot.startLoop) },
      { what: 'last READY=1 to settled', unit: 'ms', samples: of((boot) => boot.settling) },
      { what: 'launcher to first service running', unit: 'ms', samples: of((boot) => boot.firstService) },
      { what: 'launcher to last READY=1', unit: 'ms', samples: of((boot) => boot.lastReady) },
      { what: 'floor: loop to last READY=1', unit: 'ms', samples: floor.map(({ loop }) => loop) },
      { what: 'floor: launcher to last READY=1', unit: 'ms', samples: floor.map(({ lastReady }) => lastReady) },
      {
        what: 'start loop / loop of the floor',
        unit: 'times',
        samples: share(
          ({ startLoop }) => startLoop,
          ({ loop }) => loop,
        ),
      },
      {
        what: 'whole boot / loop of the floor',
        unit: 'times',
        samples: share(
          ({ lastReady }) => lastReady,
          ({ loop }) => loop,
        ),
        ...(count >= 1000 ? { target: { under: 2.4 } } : {}),
      },
      {
        what: 'whole boot / whole floor',
        unit: 'times',
        samples: share(
          ({ lastReady }) => lastReady,
          (each) => each.lastReady,
        ),
      },
      { what: 'CPU time of PID 1 until settled', unit: 'ms', samples: of((boot) => boot.cpu) },
      { what: 'memory of PID 1 when settled (PSS)', unit: 'MB', samples: of((boot) => boot.memory) },
      { what: 'floor: CPU time of PID 1', unit: 'ms', samples: floor.map(({ cpu }) => cpu) },
    ];
    return {
      title: `boot: ${count} services that send READY=1, MaxParallelStarts ${parallel}, ${runs} runs`,
      rows,
      notes: [`not counted: importing ${count} definitions before PID 1 took ${seedingMs(seeded)} ms`],
    };
  });
}
