/** What a stop takes: a program by itself, and a wrapper whose shell hears of it first, against a signal to the whole cgroup at once. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { project } from '../support/programs.ts';
import type { Row, Section } from '../support/report.ts';
import { summarise } from '../support/report.ts';
import { runSandbox, withDirectory } from '../support/sandbox.ts';
import type { StopRecord } from './inside.ts';

const rounds = 40;
const shell = { Identity: 'SYSTEM', ImagePath: '/bin/sh', Readiness: 'Alive', StopTimeout: 30 };
const services = {
  plain: { ...shell, Arguments: ['-c', 'exec sleep 1000'] },
  wrapper: { ...shell, Arguments: ['-c', 'sleep 1000; true'] },
  'wrapper-all': { ...shell, Arguments: ['-c', 'sleep 1000; true'], StopMode: 'All' },
};

export async function benchStop(runs: number): Promise<Section> {
  return withDirectory(async (directory) => {
    const seed = join(directory, 'services.json');
    const keys = Object.entries(services).map(([name, service]) => [`Machine\\System\\Services\\${name}`, service]);
    writeFileSync(seed, JSON.stringify(Object.fromEntries(keys)));
    const medians: Record<keyof typeof services, number[]> = { plain: [], wrapper: [], 'wrapper-all': [] };
    for (let run = 0; run < runs; run++) {
      const command = ['node', join(project, 'bench/stop/inside.ts'), String(rounds), ...Object.keys(services)];
      const { stdout } = await runSandbox({ options: ['--registry', seed], command });
      const record = JSON.parse(stdout) as StopRecord;
      for (const [name, list] of Object.entries(medians)) list.push(summarise(record[name] ?? []).median);
    }
    const row = (what: string, samples: readonly number[]): Row => ({ what, unit: 'ms', samples });
    const over = medians.wrapper.map((median, run) => median - (medians['wrapper-all'][run] ?? Number.NaN));
    return {
      title: `stop: medians of ${rounds} stops each, in turn, ${runs} runs`,
      rows: [
        row('a program by itself', medians.plain),
        row('a wrapper: its shell, then what it left', medians.wrapper),
        row('a wrapper: a signal to its whole cgroup (StopMode All)', medians['wrapper-all']),
        { ...row('a wrapper over a signal to its whole cgroup', over), target: { under: 20 } },
      ],
      notes: ['a wrapper is sh -c "sleep 1000; true"'],
    };
  });
}
