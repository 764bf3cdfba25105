/** PID 1 does nothing while nothing happens. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { seedOf } from '../boot/seed.ts';
import { program, project } from '../support/programs.ts';
import type { Section } from '../support/report.ts';
import { runSandbox, withDirectory } from '../support/sandbox.ts';
import type { IdleRecord } from './inside.ts';

const seconds = 10;
const services = 20;

export async function benchIdle(runs: number): Promise<Section> {
  return withDirectory(async (directory) => {
    const seed = join(directory, 'services.json');
    writeFileSync(seed, seedOf(services, 16, program('service')));
    const records: IdleRecord[] = [];
    for (let run = 0; run < runs; run++) {
      const command = ['node', join(project, 'bench/idle/inside.ts'), String(seconds)];
      const { stdout } = await runSandbox({ options: ['--registry', seed], command });
      records.push(JSON.parse(stdout) as IdleRecord);
    }
    return {
      title: `idle: context switches of PID 1 in ${seconds} s with ${services} running services, ${runs} runs`,
      rows: [
        { what: 'the thread of the loop', unit: 'switches', samples: records.map(({ alone }) => alone.main), target: { under: 1 } },
        { what: "Node's other threads", unit: 'switches', samples: records.map(({ alone }) => alone.others), target: { under: 1 } },
        { what: 'the thread of the loop, with registryd', unit: 'switches', samples: records.map(({ withDaemons }) => withDaemons.main) },
      ],
      notes: [
        'registryd, the one daemon here, tells PID 1 every ten seconds that it lives (WATCHDOG=1): it is paused but for the last row',
      ],
    };
  });
}
