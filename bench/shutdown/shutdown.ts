/** The end of a machine with many services: the last SIGTERM, and the end of PID 1, against a C loop that signals and reaps as many. */
import type { ChildProcess } from 'node:child_process';
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { seedOf } from '../boot/seed.ts';
import { untilCalm } from '../support/calm.ts';
import { program, project } from '../support/programs.ts';
import type { Row, Section } from '../support/report.ts';
import { withDirectory } from '../support/sandbox.ts';

const parallel = 64;
/** Inside the machine. */
const stampsPath = '/var/tmp/stamps';
const launcher = join(project, 'build/peinit-launcher');

/** Milliseconds from the signal to PID 1. */
interface End {
  /** The last service has SIGTERM. */
  readonly signalled: number;
  /** The last line on the console, which is all but the end of PID 1. */
  readonly ended: number;
}

interface Running {
  readonly process: ChildProcess;
  output(): string;
  shows(pattern: RegExp): Promise<bigint>;
}

function launch(words: readonly string[]): Running {
  const child = spawn(launcher, ['--runtime', join(project, 'build/runtime'), '--project', project, ...words], {
    cwd: project,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  const looks = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (part: string) => {
      text += part;
      for (const look of looks) look();
    });
  return {
    process: child,
    output: () => text,
    shows: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (!pattern.test(text)) return;
          looks.delete(look);
          resolve(process.hrtime.bigint());
        };
        looks.add(look);
        look();
        child.on('close', () => reject(new Error(`the machine ended before it showed ${pattern}:\n${text}`)));
      }),
  };
}

const pidOf = (name: string): number => {
  const listed = execFileSync(launcher, ['list', '--json'], { encoding: 'utf8' });
  const { sandboxes } = JSON.parse(listed) as { readonly sandboxes: readonly { readonly name: string; readonly pid: number }[] };
  const pid = sandboxes.find((row) => row.name === name)?.pid;
  if (pid === undefined) throw new Error(`there is no machine ${name}`);
  return pid;
};

/** Boots, ends by SIGTERM for PID 1, and reads what the services wrote. */
async function endOf(keep: string, words: readonly string[], up: RegExp, count: number): Promise<End> {
  await untilCalm();
  const name = `bench-shutdown-${process.pid}`;
  const stamps = join(keep, 'upper', stampsPath);
  const machine = launch(['--name', name, '--keep', keep, ...words]);
  await machine.shows(up);
  writeFileSync(stamps, '');
  const pid = pidOf(name);
  const begun = process.hrtime.bigint();
  process.kill(pid, 'SIGTERM');
  const ended = await machine.shows(/power off/);
  await new Promise((done) => machine.process.once('close', done));
  const bytes = readFileSync(stamps);
  if (bytes.length !== count * 8) throw new Error(`${bytes.length / 8} of ${count} services had SIGTERM:\n${machine.output()}`);
  const last = Array.from({ length: count }, (_, at) => bytes.readBigInt64LE(at * 8)).reduce((a, b) => (a > b ? a : b));
  return { signalled: Number(last - begun) / 1e6, ended: Number(ended - begun) / 1e6 };
}

export async function benchShutdown(count: number, runs: number): Promise<Section> {
  return withDirectory(async (directory) => {
    const seed = join(directory, 'services.json');
    writeFileSync(seed, seedOf(count, parallel, program('service'), undefined, [stampsPath]));
    const bare = ['--no-base', '--registry', join(project, 'test/support/bare.yaml'), '--registry', seed];
    const floorWords = [String(count), String(parallel), program('service'), stampsPath].flatMap((word) => ['--init-arg', word]);
    const peinit: End[] = [];
    const floor: End[] = [];
    for (let run = 0; run < runs; run++) {
      floor.push(await endOf(join(directory, `floor-${run}`), ['--init', program('floor'), ...floorWords], /"cpu_ms"/, count));
      peinit.push(await endOf(join(directory, 'machine'), bare, /settled/, count));
    }
    const share = (pick: (end: End) => number): number[] => peinit.map((end, run) => pick(end) / pick(floor[run] as End));
    const rows: Row[] = [
      { what: 'SIGTERM for PID 1 to the last SIGTERM', unit: 'ms', samples: peinit.map(({ signalled }) => signalled) },
      { what: 'SIGTERM for PID 1 to the end', unit: 'ms', samples: peinit.map(({ ended }) => ended) },
      { what: 'C loop: to the last SIGTERM', unit: 'ms', samples: floor.map(({ signalled }) => signalled) },
      { what: 'C loop: to the end', unit: 'ms', samples: floor.map(({ ended }) => ended) },
      { what: 'last SIGTERM / that of the loop', unit: 'times', samples: share(({ signalled }) => signalled), target: { under: 1.5 } },
      { what: 'end / that of the loop', unit: 'times', samples: share(({ ended }) => ended), target: { under: 2.5 } },
    ];
    return {
      title: `shutdown: ${count} services, ${runs} runs`,
      rows,
      notes: ['the loop signals every service and reaps it, and does nothing else'],
    };
  });
}
