/** Status requests through each client library, one at a time, beside a bare socket loop in its own language, in the same rounds. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { seedOf } from '../boot/seed.ts';
import { program, project } from '../support/programs.ts';
import type { Row, Section } from '../support/report.ts';
import { runSandbox, withDirectory } from '../support/sandbox.ts';
import type { ClientRecord, Work } from './inside.ts';
import { clientPrograms } from './programs.ts';

/** Of one run of a program: about half a second on a quiet machine. */
const requests = 10_000;
const timeoutMs = 900_000;

export async function benchClients(rounds: number): Promise<Section> {
  const all = clientPrograms();
  const programs = all.filter((one) => 'command' in one);
  return withDirectory(async (directory) => {
    const seed = join(directory, 'services.json');
    writeFileSync(seed, seedOf(10, 16, program('service')));
    const work: Work = { programs, service: 'bench-0003', requests, rounds };
    const command = ['node', join(project, 'bench/clients/inside.ts'), JSON.stringify(work)];
    const { stdout } = await runSandbox({ options: ['--registry', seed], command, timeoutMs });
    const record = JSON.parse(stdout) as ClientRecord;
    return {
      title: `clients: command status, one request at a time, ${requests} requests a run, ${rounds} rounds`,
      rows: programs.flatMap(({ language }): Row[] => {
        const rates = record[language] ?? [];
        return [
          { what: `${language}: bare socket`, unit: '1/s', samples: rates.map(({ bare }) => bare) },
          { what: `${language}: client`, unit: '1/s', samples: rates.map(({ client }) => client) },
          {
            what: `${language}: client / bare socket`,
            unit: 'times',
            samples: rates.map(({ bare, client }) => client / bare),
            target: { over: 0.5 },
          },
        ];
      }),
      notes: [
        'PID 1 and the program share the cores; the bare loop reads up to the newline and looks at nothing',
        ...all.flatMap((one) => ('missing' in one ? [`SKIPPED: ${one.language}, because ${one.missing}`] : [])),
      ],
    };
  });
}
