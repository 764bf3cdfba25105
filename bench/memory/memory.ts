/** What process 1 and the daemons of the platform have in memory while nothing happens. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { seedOf } from '../boot/seed.ts';
import { program } from '../support/programs.ts';
import type { Row, Section } from '../support/report.ts';
import { runSandbox, withDirectory } from '../support/sandbox.ts';

const seconds = 20;
const services = 20;
const names = ['peinit', 'registryd', 'authd', 'eventd'] as const;

/** Not node: what has parts of it in memory beside them would take from their shares. */
const command = [
  'sh',
  '-c',
  `sleep ${seconds}
  for process in /proc/[0-9]*; do echo "$(tr '\\0' ' ' <$process/cmdline) $(grep ^Pss: $process/smaps_rollup)"; done 2>/dev/null`,
];

type Shares = Readonly<Record<(typeof names)[number], number>>;

/** MB of each. */
function sharesOf(output: string): Shares {
  const of = (name: string): number => {
    const found = output.split('\n').filter((line) => line.includes(`/${name}.mjs `));
    const kilobytes = /Pss:\s*(\d+) kB/.exec(found[0] ?? '')?.[1];
    if (found.length !== 1 || kilobytes === undefined) throw new Error(`no one process is ${name}:\n${output}`);
    return Number(kilobytes) / 1024;
  };
  return { peinit: of('peinit'), registryd: of('registryd'), authd: of('authd'), eventd: of('eventd') };
}

export async function benchMemory(runs: number): Promise<Section> {
  return withDirectory(async (directory) => {
    const seed = join(directory, 'services.json');
    writeFileSync(seed, seedOf(services, 16, program('service')));
    const records: Shares[] = [];
    for (let run = 0; run < runs; run++) {
      const { stdout } = await runSandbox({ options: ['--registry', seed], command, authority: true });
      records.push(sharesOf(stdout));
    }
    const sum = (record: Shares): number => names.reduce((total, name) => total + record[name], 0);
    return {
      title: `memory: a machine at rest, ${seconds} s after its boot, with ${services} running services, ${runs} runs`,
      rows: [
        ...names.map((name): Row => ({ what: name, unit: 'MB', samples: records.map((record) => record[name]) })),
        { what: 'together', unit: 'MB', samples: records.map(sum), target: { under: 140 } },
      ],
      notes: ['proportional set size: what the four have in common counts a quarter in each'],
    };
  });
}
