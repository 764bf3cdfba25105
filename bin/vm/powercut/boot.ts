import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { command } from './inside.ts';
import type { Moment } from './moments.ts';
import type { Found, Records } from './records.ts';

export interface CutBoot {
  /** What the command inside has told; null: the power was cut before. */
  readonly found: Found | null;
  /** The newest pair that was acknowledged; 0: none. */
  readonly acknowledged: number;
  /** What is wrong. */
  readonly problems: readonly string[];
  /** The power was cut when it was to be; false: the boot came to its end. */
  readonly wasCut: boolean;
  readonly console: string;
}

const program = join(import.meta.dirname, '../../peinit-vm');
/** Many times what a boot takes; one that takes longer does not come up. */
const limitMs = 300_000;
/** Unlimited attempts would let a damaged counter pass with a warning. */
const attempts = 'peios.bootattempts=1000000';

/** Boots the disk image and cuts the power; with null it tells what it finds, and ends in order. */
export async function bootAndCut(words: readonly string[], directory: string, records: Records, moment: Moment | null): Promise<CutBoot> {
  const child = spawn(program, [...words, '--start-limit', `${limitMs / 1000}`, '--cmdline', attempts, '--', ...command(moment === null)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TMPDIR: directory },
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  let [text, console, found, acknowledged, wasCut, isLate] = ['', '', null as Found | null, 0, false, false];
  const problems: string[] = [];
  // SIGTERM ends QEMU with SIGKILL: nothing in the machine has a say.
  const cut = (): void => void child.kill('SIGTERM');
  const late = setTimeout(() => {
    isLate = true;
    cut();
  }, limitMs);

  function heard(line: string): void {
    const [, told] = /^found (.*)$/.exec(line) ?? [];
    const [, pair, lastRun] = /^acknowledged (\d+) (\d+)$/.exec(line) ?? [];
    if (told !== undefined) {
      found = JSON.parse(told) as Found;
      problems.push(...records.found(found));
    }
    if (pair === undefined || lastRun === undefined) return;
    acknowledged = Number(pair);
    records.acknowledged(acknowledged, BigInt(lastRun));
  }
  let isDue = false;
  async function watchFor(said: string): Promise<void> {
    if (isDue || moment === null || !moment.after.test(said)) return;
    isDue = true;
    await pause(moment.delayMs);
    wasCut = true;
    cut();
  }
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    text += part;
    const lines = text.split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) heard(line.trimEnd());
    void watchFor(lines.join('\n'));
  });
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    console += part;
    if (console.includes('registryd: starting')) records.begun();
    void watchFor(console);
  });
  const status = await ended;
  clearTimeout(late);
  records.cut();
  if (/\] recovery mode/.test(console)) problems.push('it is in Recovery');
  if (isLate) problems.push(`it has not come so far within ${limitMs / 1000} s`);
  else if (moment !== null && !wasCut) problems.push(`the machine ended by itself, with status ${status}`);
  if (moment === null && (status !== 0 || found === null)) problems.push(`it did not come up and end in order: status ${status}`);
  return { found, acknowledged, problems, wasCut, console };
}
