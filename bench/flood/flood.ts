/** What 200 services that write all they can leave to each other, to whoever asks, and to processes that end. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { settingFields } from '../../gen/settings/facts.ts';
import { servicesOf } from '../output/load.ts';
import { program, project } from '../support/programs.ts';
import type { Row, Section } from '../support/report.ts';
import { runSandbox, withDirectory } from '../support/sandbox.ts';
import type { Flood, FloodRecord } from './inside.ts';
import { endedFile, ender, loads, seconds } from './inside.ts';

const { key, name } = settingFields.maxParallelStarts;

export async function benchFlood(runs: number): Promise<Section> {
  return withDirectory(async (path) => {
    const seed = join(path, 'flood.json');
    const keys = {
      [key]: { [name]: 64 },
      'Machine\\System\\eventd': { MaxSize: 16_384 },
      ...servicesOf(loads, program('writer'), seconds),
      [`Machine\\System\\Services\\${ender}`]: {
        Identity: 'SYSTEM',
        Type: 'Oneshot',
        ImagePath: program('ender'),
        Arguments: [endedFile],
      },
    };
    writeFileSync(seed, JSON.stringify(keys));
    const records: FloodRecord[] = [];
    for (let run = 0; run < runs; run++) {
      const command = ['node', join(project, 'bench/flood/inside.ts'), program('client'), program('parent'), program('ender')];
      const { stdout } = await runSandbox({ options: ['--registry', seed], command, authority: true });
      records.push(JSON.parse(stdout) as FloodRecord);
    }
    const rows = loads.flatMap(({ name }, place): Row[] => {
      const of = (value: (flood: Flood) => number): number[] => records.map((record) => value(record[place] as Flood));
      return [
        { what: `${name}: taken and stored`, unit: 'MB/s', samples: of(({ megabytesPerSecond }) => megabytesPerSecond) },
        { what: `${name}: who wrote most / least`, unit: 'times', samples: of(({ share }) => share), target: { under: 3 } },
        { what: `${name}: status of peinit, p99`, unit: 'ms', samples: of(({ control }) => control) },
        { what: `${name}: plain server, p99`, unit: 'ms', samples: of(({ plain }) => plain) },
        { what: `${name}: peinit more than that`, unit: 'ms', samples: of(({ control, plain }) => control - plain), target: { under: 5 } },
        { what: `${name}: exit to reaped, median`, unit: 'ms', samples: of(({ reaped }) => reaped.median) },
        { what: `${name}: exit to reaped, longest`, unit: 'ms', samples: of(({ reaped }) => reaped.most), target: { under: 20 } },
        { what: `${name}: by a plain parent, median`, unit: 'ms', samples: of(({ reapedPlainly }) => reapedPlainly.median) },
        { what: `${name}: by a plain parent, longest`, unit: 'ms', samples: of(({ reapedPlainly }) => reapedPlainly.most) },
      ];
    });
    return {
      title: `flood: 200 services write lines of 100 bytes for ${seconds} s, into eventd, ${runs} runs`,
      rows,
      notes: [
        'the plain server is that of the benchmark control, asked under the same writers; a row of p99 is the median of its rounds',
        'the plain parent waits for a child and does nothing else; both count from the last thing that the child does before it exits',
      ],
    };
  });
}
