/** The boot of many services that all have identities of their own, against the same boot of services of SYSTEM, in turn. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { accountsKey } from '../../src/authority/layout.ts';
import { program, project } from '../support/programs.ts';
import type { Row, Section } from '../support/report.ts';
import { runSandbox, withDirectory } from '../support/sandbox.ts';
import { partsOf } from './boot.ts';
import type { BootRecord } from './inside.ts';
import type { Identities } from './seed.ts';
import { everySystem, seedOf } from './seed.ts';

const parallel = 64;

/** Each has a user and a group of its own. */
const kinds = {
  SYSTEM: everySystem,
  LocalService: { of: () => 'LocalService', keys: () => ({}) },
  accounts: {
    of: (number) => `user-${number}`,
    keys: (count) => Object.fromEntries(Array.from({ length: count }, (_, number) => [`${accountsKey}\\user-${number}`, {}])),
  },
} as const satisfies Record<string, Identities>;
type Kind = keyof typeof kinds;
const names = Object.keys(kinds) as Kind[];
const others = names.filter((kind) => kind !== 'SYSTEM');

type Boot = ReturnType<typeof partsOf>;
interface Machine {
  /** Nothing was ever given to anybody. */
  readonly first: Boot;
  /** Of the same machine: all have what they need. */
  readonly second: Boot;
}

const command = ['node', join(project, 'bench/boot/inside.ts')];

/** A machine whose registry is imported, and that has not booted: its first boot is that of a new machine. */
async function bootTwice(directory: string, kind: Kind): Promise<Machine> {
  const keep = join(directory, 'machine');
  const options = ['--keep', keep, '--registry', join(directory, `${kind}.json`)];
  const boot = async (): Promise<Boot> => {
    const { begunAt, stdout } = await runSandbox({ options, command, authority: true });
    return partsOf(begunAt, JSON.parse(stdout) as BootRecord);
  };
  try {
    return { first: await boot(), second: await boot() };
  } finally {
    rmSync(keep, { recursive: true, force: true });
  }
}

export async function benchIdentities(count: number, runs: number): Promise<Section> {
  return withDirectory(async (directory) => {
    for (const kind of names) writeFileSync(join(directory, `${kind}.json`), seedOf(count, parallel, program('service'), kinds[kind]));
    const machines: Record<Kind, Machine[]> = { SYSTEM: [], LocalService: [], accounts: [] };
    for (let run = 0; run < runs; run++) {
      for (const kind of run % 2 === 0 ? names : names.toReversed()) machines[kind].push(await bootTwice(directory, kind));
    }
    const rowsOf = (which: keyof Machine, under: number): Row[] => {
      const times = (kind: Kind, pick: (boot: Boot) => number): number[] => machines[kind].map((machine) => pick(machine[which]));
      const whole = (kind: Kind): number[] => times(kind, ({ firstLine, lastReady }) => lastReady - firstLine);
      const cpu = (kind: Kind): number[] => times(kind, ({ allCpu }) => allCpu);
      // A pair ran one after the other: what else the machine did then weighs on both.
      const share = (of: (kind: Kind) => number[], kind: Kind): number[] => {
        const system = of('SYSTEM');
        return of(kind).map((each, run) => each / (system[run] ?? Number.NaN));
      };
      return [
        ...names.flatMap((kind): Row[] => [
          { what: `${which} boot, ${kind}: PID 1 to last READY=1`, unit: 'ms', samples: whole(kind) },
          { what: `${which} boot, ${kind}: start loop`, unit: 'ms', samples: times(kind, ({ startLoop }) => startLoop) },
          { what: `${which} boot, ${kind}: authd, spawn to READY=1`, unit: 'ms', samples: times(kind, ({ authd }) => authd) },
          { what: `${which} boot, ${kind}: CPU time of PID 1`, unit: 'ms', samples: times(kind, ({ cpu }) => cpu) },
          { what: `${which} boot, ${kind}: CPU time of authd`, unit: 'ms', samples: times(kind, ({ authdCpu }) => authdCpu) },
          { what: `${which} boot, ${kind}: CPU time of all`, unit: 'ms', samples: cpu(kind) },
        ]),
        ...others.flatMap((kind): Row[] => [
          { what: `${which} boot: ${kind} / SYSTEM`, unit: 'times', samples: share(whole, kind), target: { under } },
          { what: `${which} boot: ${kind} / SYSTEM, CPU time of all`, unit: 'times', samples: share(cpu, kind) },
        ]),
      ];
    };
    return {
      title: `identities: boot of ${count} services, MaxParallelStarts ${parallel}, ${runs} machines of each kind in turn`,
      rows: [...rowsOf('second', 1.5), ...rowsOf('first', 2)],
      notes: [
        'from the first line of PID 1 to the last READY=1: importing the registry file is not counted; every machine has an authority',
        'LocalService and accounts: each service has a user of its own, which the first boot gives',
      ],
    };
  });
}
