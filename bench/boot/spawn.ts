/** How long PID 1 stands still for one spawn: the call into the shim, from request to the child's exec. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { program, project } from '../support/programs.ts';
import type { Row, Section } from '../support/report.ts';
import { percentile } from '../support/report.ts';
import { runSandbox } from '../support/sandbox.ts';
import type { FloorBoot } from './floor.ts';
import { bootFloor } from './floor.ts';
import type { SpawnRecord } from './spawn-inside.ts';

const count = 1000;
/** Threads and heap as PID 1 has them. */
const daemonFlags = readFileSync(join(project, 'bin/inside/flags'), 'utf8').trim().split(' ');

export async function benchSpawn(runs: number): Promise<Section> {
  const records: SpawnRecord[] = [];
  const floor: FloorBoot[] = [];
  const floorAtOnce: FloorBoot[] = [];
  for (let run = 0; run < runs; run++) {
    const words = [
      join(project, 'bench/boot/spawn-inside.ts'),
      join(project, 'build/runtime/shim.node'),
      program('service'),
      String(count),
    ];
    const { stdout } = await runSandbox({ options: [], command: ['/usr/lib/peinit/node', ...daemonFlags, ...words] });
    records.push(JSON.parse(stdout) as SpawnRecord);
    floor.push(await bootFloor(count, 1));
    floorAtOnce.push(await bootFloor(count, count));
  }
  const at = (pick: (record: SpawnRecord) => readonly number[], part: number): number[] =>
    records.map(
      (record) =>
        percentile(
          pick(record).toSorted((a, b) => a - b),
          part,
        ) / 1000,
    );
  const [system, other] = [at(({ asSystem }) => asSystem, 0.5), at(({ projected }) => projected, 0.5)];
  const difference = system.map((median, run) => (other[run] ?? 0) - median);
  const rows: Row[] = [
    { what: 'as SYSTEM, median of a run', unit: 'us', samples: system, target: { under: 60 } },
    { what: 'as SYSTEM, 99 % of a run', unit: 'us', samples: at(({ asSystem }) => asSystem, 0.99) },
    { what: 'as LocalService, median of a run', unit: 'us', samples: other, target: { under: 60 } },
    { what: 'as LocalService, 99 % of a run', unit: 'us', samples: at(({ projected }) => projected, 0.99) },
    { what: 'LocalService over SYSTEM, medians', unit: 'us', samples: difference, target: { under: 30 } },
    { what: 'plain C, as SYSTEM, median', unit: 'us', samples: floor.map(({ cloneMedian }) => cloneMedian) },
    { what: 'plain C, as SYSTEM, 99 %', unit: 'us', samples: floor.map(({ cloneLate }) => cloneLate) },
    { what: 'all at once: as SYSTEM, median', unit: 'us', samples: at(({ atOnce }) => atOnce, 0.5) },
    { what: 'all at once: plain C, median', unit: 'us', samples: floorAtOnce.map(({ cloneMedian }) => cloneMedian) },
  ];
  return {
    title: `spawn: call to return with full set-up of the child, ${count} a run, ${runs} runs`,
    rows,
    notes: [
      'from JavaScript through the shim, the pipes of its output included, until the child has called exec; its cgroup is there already',
      'services of SYSTEM and of LocalService in turn',
      'each program is up before the next is spawned; all at once: the processors are full of programs that start',
      'plain C: the same clone3 and the same child in the loop of the floor',
    ],
  };
}
