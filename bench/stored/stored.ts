/** From the write of a service until its line is in eventd's database, against journald. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { settingFields } from '../../gen/settings/facts.ts';
import { servicesOf } from '../output/load.ts';
import { findPeers } from '../support/peers.ts';
import { program, project } from '../support/programs.ts';
import type { Row, Section } from '../support/report.ts';
import { runSandbox, withDirectory } from '../support/sandbox.ts';
import type { Stored, StoredRecord } from './inside.ts';
import { loads, seconds } from './inside.ts';

const { key, name } = settingFields.maxParallelStarts;

export async function benchStored(runs: number): Promise<Section> {
  const { peers, notes } = findPeers(['systemd-journald']);
  return withDirectory(async (path) => {
    const seed = join(path, 'writers.json');
    // All that is written stays: what is deleted at the same time is not what journald does here.
    const keys = {
      [key]: { [name]: 64 },
      'Machine\\System\\eventd': { MaxSize: 16_384 },
      ...servicesOf(loads, program('writer'), seconds),
    };
    writeFileSync(seed, JSON.stringify(keys));
    const inside = join(project, 'bench/stored/inside.ts');
    const command = ['node', inside, program('writer'), program('to-journal'), JSON.stringify(peers['systemd-journald'])];
    const records: StoredRecord[] = [];
    for (let run = 0; run < runs; run++) {
      const { stdout } = await runSandbox({ options: ['--registry', seed], command, authority: true });
      records.push(JSON.parse(stdout) as StoredRecord);
    }
    return {
      title: `stored: lines of 100 bytes, written for ${seconds} s, until all are in the database, ${runs} runs`,
      rows: loads.flatMap(({ name }, place) => rowsOf(name, records, place)),
      notes: ['writers and daemons share the cores; both databases are on the same disk, in memory, and keep all', ...notes],
    };
  });
}

function rowsOf(name: string, records: readonly StoredRecord[], place: number): readonly Row[] {
  const of = (side: keyof StoredRecord, value: (stored: Stored) => number): number[] =>
    records.flatMap((record) => record[side][place] ?? []).map(value);
  const rate = ({ megabytesPerSecond }: Stored): number => megabytesPerSecond;
  const cpu = (process: string) => (stored: Stored) => stored.cpu[process] ?? Number.NaN;
  const journald = of('journald', rate);
  const isOne = name.startsWith('one writer, 64');
  return [
    { what: `${name}: eventd`, unit: 'MB/s', samples: of('eventd', rate), ...(isOne ? { target: { over: 100 } } : {}) },
    ...(journald.length === 0
      ? []
      : ([
          { what: `${name}: journald`, unit: 'MB/s', samples: journald },
          {
            what: `${name}: eventd / journald`,
            unit: 'times',
            samples: of('eventd', rate).map((each, at) => each / (journald[at] ?? Number.NaN)),
            target: { over: 3 },
          },
          { what: `${name}: journald, CPU`, unit: 's/GB', samples: of('journald', cpu('journald')) },
          { what: `${name}: journald, lines lost`, unit: 'lines', samples: of('journald', ({ lost }) => lost) },
        ] satisfies Row[])),
    { what: `${name}: PID 1, CPU`, unit: 's/GB', samples: of('eventd', cpu('PID 1')) },
    { what: `${name}: eventd, CPU`, unit: 's/GB', samples: of('eventd', cpu('eventd')) },
    { what: `${name}: eventd, lines lost`, unit: 'lines', samples: of('eventd', ({ lost }) => lost), target: { under: 1 } },
    { what: `${name}: eventd, memory before`, unit: 'MB', samples: of('eventd', ({ memoryMb }) => memoryMb[0]) },
    { what: `${name}: eventd, memory after`, unit: 'MB', samples: of('eventd', ({ memoryMb }) => memoryMb[1]) },
  ];
}
