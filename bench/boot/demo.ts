/** The demo machine: when its first service runs, and what importing its registry file takes. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { project } from '../support/programs.ts';
import type { Section } from '../support/report.ts';
import { runSandbox, seedingMs, withDirectory } from '../support/sandbox.ts';
import { partsOf } from './boot.ts';
import type { BootRecord } from './inside.ts';

export async function benchDemo(runs: number): Promise<Section> {
  const programs = join(project, '.cache/demo-root');
  if (!existsSync(programs)) throw new Error('the programs of the demo are missing; run: npm run setup');
  return withDirectory(async (directory) => {
    // As bin/demo does it: the site is one more layer.
    const layer = join(directory, 'layer');
    execFileSync(join(project, 'bin/demo-layer'), [layer]);
    const options = ['--layer', programs, '--layer', layer, '--registry', join(project, 'examples/site/site.yaml')];
    const command = ['node', join(project, 'bench/boot/inside.ts')];
    const seeding: number[] = [];
    const boots: ReturnType<typeof partsOf>[] = [];
    // Once to import, then from the store that is kept: what is imported already is not imported again.
    const keep = join(directory, 'machine');
    for (let run = 0; run < runs; run++) {
      const fresh = await runSandbox({ options: [...options, '--console'], command: ['true'] });
      seeding.push(seedingMs(fresh) ?? Number.NaN);
    }
    await runSandbox({ options: [...options, '--keep', keep], command: ['true'] });
    for (let run = 0; run < runs; run++) {
      const { begunAt, stdout } = await runSandbox({ options: [...options, '--keep', keep], command });
      boots.push(partsOf(begunAt, JSON.parse(stdout) as BootRecord));
    }
    return {
      title: `demo: the site of examples/site, ${runs} runs`,
      rows: [
        { what: 'importing its registry file', unit: 'ms', samples: seeding, target: { under: 100 } },
        { what: 'launcher to first line of peinit', unit: 'ms', samples: boots.map(({ firstLine }) => firstLine), target: { under: 35 } },
        {
          what: 'launcher to first service running',
          unit: 'ms',
          samples: boots.map(({ firstService }) => firstService),
          target: { under: 300 },
        },
        { what: 'launcher to last service active', unit: 'ms', samples: boots.map(({ lastReady }) => lastReady) },
      ],
      notes: ['the import is not part of the other times; a machine that is kept skips it'],
    };
  });
}
