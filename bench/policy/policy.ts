/** What one event costs the policy on machines of different sizes: it must not depend on how many services there are. */
import type { Row, Section } from '../support/report.ts';
import type { IdealMachine } from './ideal-machine.ts';
import { createIdealMachine } from './ideal-machine.ts';

const sizes = [100, 1000, 10_000] as const;
/** Events of a sample, so that a run takes seconds. */
const eventsPerSample = 30_000;

interface Kind {
  readonly what: string;
  readonly act: (machine: IdealMachine, service: string) => void;
}

const kinds: readonly Kind[] = [
  { what: 'STATUS= of a service', act: (machine, service) => machine.notify(service, [{ member: 'status', value: 'going on' }]) },
  { what: 'crash and restart', act: (machine, service) => machine.crash(service) },
  {
    what: 'stop and start by command',
    act(machine, service) {
      machine.command('stop', service);
      machine.command('start', service);
    },
  },
];

export async function benchPolicy(runs: number): Promise<Section> {
  const samples = new Map<string, number[]>();
  const nameOf = ({ what }: Kind, size: number): string => `${what}, ${size} services`;
  // In turn, so that a busy moment hits all of them.
  const machines = sizes.map((size) => ({ size, machine: createIdealMachine(size) }));
  for (let run = 0; run <= runs; run++) {
    for (const kind of kinds) {
      for (const { size, machine } of machines) {
        const us = sample(machine, kind);
        // The first one warms up.
        if (run === 0) continue;
        const name = nameOf(kind, size);
        samples.set(name, [...(samples.get(name) ?? []), us]);
      }
    }
  }
  const [smallest, , largest] = sizes;
  const rows = kinds.flatMap((kind): Row[] => {
    const of = (size: number): readonly number[] => samples.get(nameOf(kind, size)) ?? [];
    const small = of(smallest);
    return [
      ...sizes.map((size): Row => ({ what: nameOf(kind, size), unit: 'us', samples: of(size) })),
      {
        what: `${kind.what}, ${largest} to ${smallest}`,
        unit: 'times',
        samples: of(largest).map((us, at) => us / (small[at] ?? Number.NaN)),
      },
    ];
  });
  return {
    title: `policy: one event on machines of different sizes, ${eventsPerSample} events a run, ${runs} runs`,
    rows,
    notes: [
      'handling and what the console is told of it: events in, effects out; nothing is carried out. ' +
        'Services are taken in turn from all over the machine',
      'the last row of each kind compares samples of the same run; what is left of a difference is memory that the caches do not hold',
    ],
  };
}

/** Microseconds for each event. */
function sample(machine: IdealMachine, { act }: Kind): number {
  const events = machine.events;
  const ns = machine.handlingNs;
  for (let turn = 0; machine.events - events < eventsPerSample; turn++) act(machine, machine.leafAt(turn * 7919));
  return Number(machine.handlingNs - ns) / (machine.events - events) / 1000;
}
