/** The store of eventd by itself: how fast it takes records, and finds them among ten million lines. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { untilCalm } from '../support/calm.ts';
import { project } from '../support/programs.ts';
import type { Row, Section } from '../support/report.ts';
import type { Found } from './inside.ts';

const targets: Readonly<Record<string, number>> = {
  'the last 100 lines of one service': 20,
  'a text among 1 million lines': 1_000,
  'a text that is not there, among 1 million lines': 1_000,
  'a text in any case, among 1 million lines': 1_000,
};

/** As a daemon runs. */
const flags = readFileSync(join(project, 'bin/inside/flags'), 'utf8').trim().split(' ');

export async function benchStore(runs: number): Promise<Section> {
  await untilCalm();
  const directory = mkdtempSync(join(tmpdir(), 'bench-eventd-'));
  try {
    const program = [...flags, '--disable-warning=ExperimentalWarning', join(import.meta.dirname, 'inside.ts'), directory, `${runs}`];
    const found: Found = JSON.parse(execFileSync(process.execPath, program, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }));
    return section(found, runs);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function section(found: Found, runs: number): Section {
  const [early, late] = found.memoryMb;
  const rows: Row[] = [
    { what: 'bursts of 64 KB, into the store', unit: 'MB/s', samples: found.ingest, target: { over: 150 } },
    { what: 'the same bytes, into a bare table', unit: 'MB/s', samples: found.bare },
    { what: 'store / bare table', unit: 'times', samples: found.ingest.map((rate, at) => rate / (found.bare[at] ?? Number.NaN)) },
    { what: 'bursts of 64 KB, into the store, CPU', unit: 's/GB', samples: found.cpu, target: { under: 6.7 } },
    { what: 'the same bytes, into a bare table, CPU', unit: 's/GB', samples: found.bareCpu },
    { what: 'longest transaction with its upkeep', unit: 'ms', samples: found.longestMs },
    { what: 'bursts of one line, 200 services in turn', unit: '1/s', samples: found.singles.map((thousands) => thousands * 1_000) },
    ...Object.entries(found.queries).map(([what, samples]): Row => {
      const under = targets[what];
      return { what, unit: 'ms', samples, ...(under === undefined ? {} : { target: { under } }) };
    }),
    { what: 'longest step of a search', unit: 'ms', samples: Object.values(found.steps).flat() },
    { what: 'opening it', unit: 'ms', samples: found.openMs },
    { what: 'resident memory, with a tenth of the lines', unit: 'MB', samples: [early] },
    { what: 'resident memory, with all', unit: 'MB', samples: [late] },
  ];
  return {
    title: `eventd's store: lines of 100 bytes of 200 services, 10 million for the queries, ${runs} runs`,
    rows,
    notes: [
      'bursts: 16 in a transaction, of which the latter half make room by deleting the former, as in a database that is full',
      'a query gives the loop back after each step; what is measured is the sum of its steps',
    ],
  };
}
