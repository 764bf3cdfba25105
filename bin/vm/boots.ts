/**
 * `npm run vm-boots -- COUNT`: boots one machine COUNT times in a row and tells how long that took; ends with 1 when one did not come up.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const program = join(import.meta.dirname, '../peinit-vm');
/** Many times what a boot takes; one that takes longer does not come up. */
const limitMs = 300_000;
const defaultCount = 10;

export interface Boot {
  /** Status of peinit-vm; null: it was killed after the limit. */
  readonly status: number | null;
  /** From the start of peinit-vm to the first line of peinit; null: there was none. */
  readonly peinitMs: number | null;
  /** To the end of the machine, which powers off as soon as it has settled. */
  readonly endMs: number;
  readonly console: string;
}

/** One boot of a disk image, which is made when it is missing. */
function bootOnce(image: string, directory: string): Promise<Boot> {
  const started = performance.now();
  const child = spawn(program, ['--keep', image, '--start-limit', `${limitMs / 1000}`, '--cmdline', 'peios.bootattempts=0', '--', 'true'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, TMPDIR: directory },
  });
  let console = '';
  let peinitMs: number | null = null;
  child.stderr.on('data', (bytes: Buffer) => {
    console += bytes.toString();
    if (peinitMs === null && console.includes('] root is writable')) peinitMs = performance.now() - started;
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), limitMs);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => {
      clearTimeout(timer);
      resolve({ status, peinitMs, endMs: performance.now() - started, console });
    });
  });
}

export const cameUp = ({ status, peinitMs }: Boot): boolean => status === 0 && peinitMs !== null;

/** The first one builds the disk as well. */
export async function bootInARow(count: number, told: (boot: Boot, number: number) => void = () => undefined): Promise<readonly Boot[]> {
  const directory = mkdtempSync(join(tmpdir(), 'peinit-vm-boots-'));
  const boots: Boot[] = [];
  try {
    const image = join(directory, 'disk.img');
    while (boots.length < count) {
      const boot = await bootOnce(image, directory);
      boots.push(boot);
      told(boot, boots.length);
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  return boots;
}

const inSeconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;

function spread(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): string => inSeconds(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
  return `median ${at(0.5)}, 95 % within ${at(0.95)}, longest ${at(1)}`;
}

async function main(words: readonly string[]): Promise<number> {
  const count = Number(words[0] ?? defaultCount);
  if (words.length > 1 || !Number.isInteger(count) || count < 1) {
    process.stderr.write('usage: npm run vm-boots -- [COUNT]\n');
    return 2;
  }
  const boots = await bootInARow(count, (boot, number) => {
    const { status, peinitMs, endMs, console } = boot;
    if (cameUp(boot)) process.stdout.write(`boot ${number}: peinit after ${inSeconds(peinitMs ?? 0)}, ended after ${inSeconds(endMs)}\n`);
    else process.stdout.write(`boot ${number}: status ${status ?? `none after ${inSeconds(limitMs)}`}; its console:\n${console}\n`);
  });
  const good = boots.filter(cameUp);
  process.stdout.write(`${count} boots, ${count - good.length} failed\n`);
  // The first one has built the disk as well.
  const timed = boots.slice(1).filter(cameUp);
  if (timed.length > 0) {
    process.stdout.write(`peinit starts: ${spread(timed.flatMap(({ peinitMs }) => peinitMs ?? []))}\n`);
    process.stdout.write(`the whole:     ${spread(timed.map(({ endMs }) => endMs))}\n`);
  }
  return good.length === count ? 0 : 1;
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));
