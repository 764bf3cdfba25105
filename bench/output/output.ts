/** How fast PID 1 takes what services write, and what that costs, against a C loop that reads and splits. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { settingFields } from '../../gen/settings/facts.ts';
import { program, project } from '../support/programs.ts';
import type { Row, Section, Target } from '../support/report.ts';
import { runSandbox, withDirectory } from '../support/sandbox.ts';
import type { Measured, OutputRecord } from './inside.ts';
import { directory, loads, seconds, serviceOf, sides } from './inside.ts';

const { key, name } = settingFields.maxParallelStarts;

/** What dinit's own buffer does. */
const targets: Readonly<Record<string, { readonly rate: Target; readonly cpu: Target }>> = {
  'one writer, 64 KB a write': { rate: { over: 247 }, cpu: { under: 3.9 } },
  '200 writers, 64 KB a write': { rate: { over: 247 }, cpu: { under: 3.9 } },
};

function seedOfWriters(): string {
  const keys: Record<string, object> = { [key]: { [name]: 64 } };
  for (const [place, { writers, lines }] of loads.entries()) {
    for (let number = 0; number < writers; number++) {
      const service = serviceOf(place, number);
      keys[`Machine\\System\\Services\\${service}`] = {
        Identity: 'SYSTEM',
        Type: 'Oneshot',
        ImagePath: program('writer'),
        Arguments: [directory, service, String(seconds), String(lines)],
        StartTimeout: 300,
      };
    }
  }
  return JSON.stringify(keys);
}

export async function benchOutput(runs: number): Promise<Section> {
  return withDirectory(async (path) => {
    const seed = join(path, 'writers.json');
    writeFileSync(seed, seedOfWriters());
    const records: OutputRecord[] = [];
    for (let run = 0; run < runs; run++) {
      const command = ['node', join(project, 'bench/output/inside.ts'), program('writer'), program('splitter')];
      const { stdout } = await runSandbox({ options: ['--registry', seed], command });
      records.push(JSON.parse(stdout) as OutputRecord);
    }
    const rows = loads.flatMap((load, place): Row[] => {
      const target = targets[load.name];
      const at = (record: OutputRecord, side: (typeof sides)[number]): Measured => record[side][place] as Measured;
      const rows = sides.flatMap((side): Row[] => {
        const of = (value: (measured: Measured) => number): number[] => records.map((record) => value(at(record, side)));
        const asked = side === 'peinit' ? target : undefined;
        const share = of((measured) => measured.share);
        return [
          {
            what: `${load.name}: ${side}`,
            unit: 'MB/s',
            samples: of(({ megabytesPerSecond }) => megabytesPerSecond),
            ...(asked === undefined ? {} : { target: asked.rate }),
          },
          {
            what: `${load.name}: ${side}, CPU`,
            unit: 's/GB',
            samples: of(({ cpuSecondsPerGigabyte }) => cpuSecondsPerGigabyte),
            ...(asked === undefined ? {} : { target: asked.cpu }),
          },
          ...(load.writers === 1
            ? []
            : [{ what: `${load.name}: ${side}, most / least`, unit: 'times' as const, samples: share, target: { under: 3 } }]),
        ];
      });
      const ratio = records.map((record) => at(record, 'peinit').megabytesPerSecond / at(record, 'splitter').megabytesPerSecond);
      return [
        ...rows,
        {
          what: `${load.name}: peinit / splitter`,
          unit: 'times',
          samples: ratio,
          ...(target === undefined ? {} : { target: { over: 0.5 } }),
        },
      ];
    });
    return {
      title: `output: lines of 100 bytes, written for ${seconds} s, ${runs} runs`,
      rows: [
        ...rows,
        {
          what: 'resident memory of PID 1 afterwards',
          unit: 'MB',
          samples: records.map(({ peinit }) => peinit.at(-1)?.memoryMb ?? Number.NaN),
          target: { under: 80 },
        },
      ],
      notes: ['writers and takers share the cores; the splitter is a C loop that reads, looks for the ends of lines, and keeps nothing'],
    };
  });
}
