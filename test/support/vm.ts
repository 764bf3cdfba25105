/** Machines on a real kernel for tests: bin/peinit-vm and what it needs. */
import type { ChildProcess } from 'node:child_process';
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Test } from 'tap';
import { buildImage } from '../../bin/vm/image.ts';
import { findKernel } from '../../bin/vm/kernel.ts';
import { parseOptions } from '../../bin/vm/options.ts';
import { buildRoot } from '../../bin/vm/root.ts';
import type { Registry } from './machine.ts';

const project = join(import.meta.dirname, '../..');
/** The registry of a machine without services of the platform. */
const bare = ['--no-base', '--registry', join(project, 'test/support/bare.yaml')];
const kernelDirectory = join(project, '.cache/kernel');
/** Of every wait: many times what a boot takes under software emulation, on a busy machine too. What is not there by then does not come. */
const limitMs = 300_000;
const startLimit = ['--start-limit', `${limitMs / 1000}`];

const has = (name: string): boolean => spawnSync('sh', ['-c', `command -v ${name}`]).status === 0;

/** Why no machine can be booted here, or false. */
export function cannotBoot(): string | false {
  if (process.getuid?.() !== 0) return 'building an image with device nodes needs root';
  if (!has('qemu-system-x86_64')) return 'qemu-system-x86_64 is not installed (npm run setup)';
  if (findKernel(kernelDirectory) === null) return 'there is no kernel in .cache/kernel (npm run setup)';
  return false;
}

const superblock = { offset: 1024, bytes: 1024, magicAt: 0x38, magic: 0xef53, incompatibleFeaturesAt: 0x60, needsRecovery: 0x4 } as const;

/**
 * Whether the journal of an image's ext4 has to be replayed: unless it was unmounted or made read-only. Read from the superblock itself.
 */
export function needsRecovery(image: string): boolean {
  const bytes = Buffer.alloc(superblock.bytes);
  const fd = openSync(image, 'r');
  readSync(fd, bytes, 0, bytes.length, superblock.offset);
  closeSync(fd);
  if (bytes.readUInt16LE(superblock.magicAt) !== superblock.magic) throw new Error(`${image} is no ext4`);
  return (bytes.readUInt32LE(superblock.incompatibleFeaturesAt) & superblock.needsRecovery) !== 0;
}

export interface VmRun {
  readonly process: ChildProcess;
  /** The console without a command; what the command wrote with one. */
  output(): string;
  /** The console with a command. */
  errors(): string;
  shows(pattern: RegExp): Promise<void>;
  /** Waits for a condition; at the limit, or when the machine has ended before, it fails with the console so far. */
  until(what: string, condition: () => boolean): Promise<void>;
  /** Waits for the end of peinit-vm up to the limit; then it is killed, and the failure has the console so far. */
  ends(): Promise<number | null>;
  type(text: string): void;
}

export function directory(t: Test): string {
  const made = mkdtempSync(join(tmpdir(), 'peinit-vm-test-'));
  t.teardown(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

export function seedFile(t: Test, registry: Registry): string {
  const file = join(directory(t), 'seed.json');
  writeFileSync(file, JSON.stringify(registry));
  return file;
}

/** An image without some paths that every image has. */
export const imageWithout = (t: Test, paths: readonly string[]): string =>
  imageOf(t, (root) => {
    for (const path of paths) rmSync(join(root, path));
  });

/** An image of the usual root after a change of it. */
export function imageOf(t: Test, change: (root: string) => void): string {
  const root = directory(t);
  const image = join(directory(t), 'disk.img');
  // With what runs a command, as every disk that is kept.
  const options = parseOptions([...bare, '--keep', image]);
  const busybox = ['/bin/busybox', join(project, '.cache/tools/bin/busybox')].find((path) => existsSync(path));
  const kernel = findKernel(kernelDirectory);
  if (typeof options === 'string' || busybox === undefined || kernel === null)
    throw new Error('there is no busybox or no kernel (npm run setup)');
  buildRoot({ project, kernel, busybox, root, options });
  change(root);
  buildImage(root, image);
  return image;
}

/** Starts peinit-vm; it is ended with the test. */
export function startVm(t: Test, words: readonly string[]): VmRun {
  // What a killed one leaves goes with the test.
  // An image that is there has its registry.
  const kept = words[words.indexOf('--keep') + 1];
  const first = words.includes('--keep') && kept !== undefined && existsSync(kept) ? [] : bare;
  const child = spawn(join(project, 'bin/peinit-vm'), [...startLimit, ...first, ...words], {
    stdio: 'pipe',
    env: { ...process.env, TMPDIR: directory(t) },
  });
  let [output, errors] = ['', ''];
  child.stdout.on('data', (bytes: Buffer) => {
    output += bytes.toString();
  });
  child.stderr.on('data', (bytes: Buffer) => {
    errors += bytes.toString();
  });
  child.stdin.on('error', () => undefined);
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
  // QEMU goes with it.
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  const giveUp = async (what: string): Promise<never> => {
    if (!hasEnded()) await kill();
    throw new Error(`not in time: ${what}; the console so far:\n${output}${errors}`);
  };
  t.teardown(async () => {
    if (!hasEnded()) await kill();
  });
  async function until(what: string, condition: () => boolean): Promise<void> {
    for (const end = Date.now() + limitMs; !condition(); await pause(20)) {
      if (Date.now() > end) await giveUp(what);
      if (!hasEnded()) continue;
      // What it wrote last may still be on its way.
      await ended;
      if (condition()) return;
      await giveUp(what);
    }
  }
  return {
    process: child,
    output: () => output,
    errors: () => errors,
    until,
    shows: (pattern) => until(`the console shows ${pattern}`, () => pattern.test(output + errors)),
    async ends() {
      const status = await Promise.race([ended, pause(limitMs, 'late' as const, { ref: false })]);
      return status === 'late' ? giveUp('the end of the machine') : status;
    },
    type: (text) => void child.stdin.write(text),
  };
}

/** Boots, runs a shell script inside, and tells what it wrote. */
export async function runInVm(
  t: Test,
  words: readonly string[],
  script: string,
): Promise<{ status: number | null; output: string; console: string }> {
  const run = startVm(t, [...words, '--', 'sh', '-c', script]);
  // Building the image is a wait of its own.
  await run.until('the console of the machine', () => run.errors() !== '');
  const status = await run.ends();
  return { status, output: run.output(), console: run.errors() };
}
