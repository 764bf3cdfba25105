/** How fast PID 1 takes what services write, and what that costs, against a C loop that reads and splits and against what others have. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { settingFields } from '../../gen/settings/facts.ts';
import { findPeers } from '../support/peers.ts';
import { program, project } from '../support/programs.ts';
import type { Row, Section } from '../support/report.ts';
import { summarise } from '../support/report.ts';
import { runSandbox, withDirectory } from '../support/sandbox.ts';
import type { OutputRecord } from './inside.ts';
import type { Load } from './load.ts';
import { loads, seconds, servicesOf } from './load.ts';
import type { Measured, Programs, Side } from './takers.ts';
import { sides } from './takers.ts';

const { key, name } = settingFields.maxParallelStarts;

/** What dinit's own buffer did where it was measured first; where it is there, it is measured here. */
const dinitThen = { megabytesPerSecond: 247, cpuSecondsPerGigabyte: 3.9 };

export async function benchOutput(runs: number): Promise<Section> {
  const { peers, notes } = findPeers(['s6-log', 'systemd-journald', 'dinit']);
  const programs: Programs = {
    writer: program('writer'),
    splitter: program('splitter'),
    pairs: program('pairs'),
    toJournal: program('to-journal'),
    peers,
  };
  return withDirectory(async (path) => {
    const seed = join(path, 'writers.json');
    writeFileSync(seed, JSON.stringify({ [key]: { [name]: 64 }, ...servicesOf(loads, programs.writer, seconds) }));
    const records: OutputRecord[] = [];
    for (let run = 0; run < runs; run++) {
      const command = ['node', join(project, 'bench/output/inside.ts'), JSON.stringify(programs)];
      const { stdout } = await runSandbox({ options: ['--registry', seed], command });
      records.push(JSON.parse(stdout) as OutputRecord);
    }
    return {
      title: `output: lines of 100 bytes, written for ${seconds} s, ${runs} runs`,
      rows: [
        ...loads.flatMap((load, place) => rowsOf(load, records, place)),
        {
          what: 'memory of PID 1 afterwards',
          unit: 'MB',
          samples: records.map(({ peinit }) => peinit.at(-1)?.memoryMb ?? Number.NaN),
          target: { under: 80 },
        },
      ],
      notes: [
        'writers and takers share the cores; the splitter is a C loop that reads, looks for the ends of lines, and keeps nothing',
        'dinit keeps all in buffers of its own, s6-log (a process for each writer) and journald in files in memory',
        ...notes,
      ],
    };
  });
}

function rowsOf(load: Load, records: readonly OutputRecord[], place: number): readonly Row[] {
  const of = (side: Side, value: (measured: Measured) => number): number[] =>
    records.flatMap((record) => record[side][place] ?? []).map(value);
  const rate = ({ megabytesPerSecond }: Measured): number => megabytesPerSecond;
  const cpu = ({ cpuSecondsPerGigabyte }: Measured): number => cpuSecondsPerGigabyte;
  const isAsked = load.lines > 40;
  const dinit = {
    rate: of('dinit', rate).length > 0 ? summarise(of('dinit', rate)).median : dinitThen.megabytesPerSecond,
    cpu: of('dinit', cpu).length > 0 ? summarise(of('dinit', cpu)).median : dinitThen.cpuSecondsPerGigabyte,
  };
  const rows = sides
    .filter((side) => of(side, rate).length > 0)
    .flatMap((side): Row[] => {
      const asked = side === 'peinit' && isAsked;
      const what = `${load.name}: ${side}`;
      return [
        { what, unit: 'MB/s', samples: of(side, rate), ...(asked ? { target: { over: dinit.rate } } : {}) },
        { what: `${what}, CPU`, unit: 's/GB', samples: of(side, cpu), ...(asked ? { target: { under: dinit.cpu } } : {}) },
        ...(load.writers === 1
          ? []
          : [
              {
                what: `${what}, most / least`,
                unit: 'times' as const,
                samples: of(side, ({ share }) => share),
                ...(side === 'peinit' ? { target: { under: 3 } } : {}),
              },
            ]),
      ];
    });
  const splitter = of('splitter', rate);
  return [
    ...rows,
    {
      what: `${load.name}: peinit / splitter`,
      unit: 'times',
      samples: of('peinit', rate).map((each, at) => each / (splitter[at] ?? Number.NaN)),
      ...(isAsked ? { target: { over: 0.5 } } : {}),
    },
  ];
}
