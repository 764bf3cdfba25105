/** Status requests a second through the control socket, against the least that plain Node does, in the same run. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { settingFields } from '../../gen/settings/facts.ts';
import type { Ace } from '../../src/security/ace.ts';
import { aclOf } from '../../src/security/acl.ts';
import { descriptorOf, encodeDescriptor } from '../../src/security/descriptor.ts';
import { wellKnown } from '../../src/security/well-known.ts';
import { seedOf } from '../boot/seed.ts';
import { program, project } from '../support/programs.ts';
import type { Row, Section, Target } from '../support/report.ts';
import { runSandbox, withDirectory } from '../support/sandbox.ts';
import type { ControlRecord, Measured } from './inside.ts';
import { loads } from './inside.ts';

const servicesKey = settingFields.serviceSecurity.key;

const entry = (sid: string): Ace => ({ kind: 'known', type: 'allow', flags: 0, mask: 0xf, sid, object: null, data: null });

/** What one of the services has; the last entry lets the client in. */
const tenEntries = encodeDescriptor(
  descriptorOf({
    owner: wellKnown.system,
    group: wellKnown.system,
    sacl: null,
    dacl: aclOf([...Array.from({ length: 9 }, (_, index) => entry(`S-1-5-21-1-2-3-${1000 + index}`)), entry(wellKnown.system)]),
  }),
);

const targets: readonly (Target | null)[] = [null, null, { over: 200_000 }, { over: 250_000 }];

export async function benchControl(runs: number): Promise<Section> {
  return withDirectory(async (directory) => {
    const seed = join(directory, 'services.json');
    const services = JSON.parse(seedOf(10, 16, program('service'))) as Record<string, Record<string, unknown>>;
    Object.assign(services[`${servicesKey}\\bench-0004`] ?? {}, { ServiceSecurity: { hex: Buffer.from(tenEntries).toString('hex') } });
    writeFileSync(seed, JSON.stringify(services));
    const records: ControlRecord[] = [];
    for (let run = 0; run < runs; run++) {
      const command = ['node', join(project, 'bench/control/inside.ts'), program('client'), 'bench-0003', 'bench-0004'];
      const { stdout } = await runSandbox({ options: ['--registry', seed], command });
      records.push(JSON.parse(stdout) as ControlRecord);
    }
    const rows = loads.flatMap(({ connections, depth }, index): Row[] => {
      const name = `${connections} x ${depth}`;
      const of = (side: keyof ControlRecord, value: (measured: Measured) => number): number[] =>
        records.map((record) => value(record[side][index] as Measured));
      const target = targets[index] ?? null;
      const rate = ({ requests, elapsed_ns }: Measured): number => (requests / elapsed_ns) * 1e9;
      return [
        { what: `${name}: peinit`, unit: '1/s', samples: of('peinit', rate), ...(target === null ? {} : { target }) },
        { what: `${name}: peinit, p50`, unit: 'us', samples: of('peinit', ({ p50_ns }) => p50_ns / 1000) },
        { what: `${name}: peinit, p99`, unit: 'us', samples: of('peinit', ({ p99_ns }) => p99_ns / 1000), target: { under: 1000 } },
        {
          what: `${name}: with a descriptor of 10 ACEs / by default`,
          unit: 'times',
          samples: records.map(({ peinit, guarded }) => rate(guarded[index] as Measured) / rate(peinit[index] as Measured)),
          target: { over: 0.9 },
        },
        { what: `${name}: plain server`, unit: '1/s', samples: of('ceiling', rate) },
        { what: `${name}: plain server, p99`, unit: 'us', samples: of('ceiling', ({ p99_ns }) => p99_ns / 1000) },
        {
          what: `${name}: peinit / plain server`,
          unit: 'times',
          samples: records.map(({ peinit, ceiling }) => rate(peinit[index] as Measured) / rate(ceiling[index] as Measured)),
        },
      ];
    });
    return {
      title: `control: command status, connections x requests on their way, ${runs} runs`,
      rows,
      notes: ['client and server share the cores; the plain server is node:net, JSON.parse, Map, JSON.stringify and nothing else'],
    };
  });
}
