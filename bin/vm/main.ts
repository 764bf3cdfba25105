/** peinit-vm: builds a disk image, boots it in QEMU, and runs a command inside. */

import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endMark } from './agent.ts';
import { buildImage, replaceCommand } from './image.ts';
import type { VmOptions } from './options.ts';
import { help, parseOptions, UsageError } from './options.ts';
import { readResult, startQemu } from './qemu.ts';
import { buildRoot, SeedsRefused } from './root.ts';

const project = join(import.meta.dirname, '../..');
const status = { usage: 2, missing: 3, failed: 125 } as const;

const say = (text: string): void => void process.stderr.write(`peinit-vm: ${text}\n`);

class Missing extends Error {}

function tool(name: string): string {
  const found = spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).stdout.trim();
  const unpacked = join(project, '.cache/tools/bin', name);
  if (found !== '') return found;
  if (existsSync(unpacked)) return unpacked;
  throw new Missing(`${name} is missing; run: npm run setup --prefix '${project}'`);
}

function kernelImage(): string {
  const kernel = join(project, '.cache/kernel/vmlinuz');
  if (existsSync(kernel)) return kernel;
  throw new Missing(`there is no kernel at ${kernel}; run: npm run setup --prefix '${project}'`);
}

async function run(options: VmOptions): Promise<number> {
  tool('qemu-system-x86_64');
  tool('mkfs.ext4');
  tool('debugfs');
  const busybox = tool('busybox');
  const kernel = kernelImage();
  if (process.getuid?.() !== 0) throw new Missing('an image with device nodes can be built by root only');
  const directory = mkdtempSync(join(tmpdir(), 'peinit-vm-'));
  try {
    const token = randomBytes(12).toString('hex');
    const image = options.keep ?? join(directory, 'disk.img');
    if (existsSync(image)) {
      if (options.seeds.length > 0)
        throw new UsageError(`${image} has a registry already; change it inside with peiosctl registry import, or remove the image`);
      replaceCommand(image, options.command, token);
    } else {
      const root = join(directory, 'root');
      mkdirSync(root);
      buildRoot({ project, busybox, root, options, token });
      buildImage(root, image);
      rmSync(root, { recursive: true, force: true });
    }
    return await boot(options, kernel, image, directory, token);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function boot(options: VmOptions, kernel: string, image: string, directory: string, token: string): Promise<number> {
  const qemu = startQemu({ kernel, image, cmdline: options.cmdline, memoryMiB: options.memoryMiB, directory, further: options.qemu });
  const shown = options.command === null ? process.stdout : process.stderr;
  let console = '';
  qemu.process.stdout?.on('data', (bytes: Buffer) => {
    console = (console + bytes.toString('latin1')).slice(-65536);
    shown.write(bytes);
  });
  if (options.command === null) process.stdin.pipe(qemu.process.stdin ?? process.stderr);
  let interrupts = 0;
  const interrupt = (): void => {
    interrupts++;
    if (interrupts > 1) qemu.process.kill('SIGKILL');
    else qemu.pressReboot().catch(() => qemu.process.kill('SIGKILL'));
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', () => qemu.process.kill('SIGKILL'));
  process.on('exit', () => qemu.process.kill('SIGKILL'));
  const result =
    options.command === null ? null : readResult(join(directory, 'result'), endMark(token), (bytes) => process.stdout.write(bytes));
  await qemu.ended;
  process.off('SIGINT', interrupt);
  process.stdin.unpipe();
  process.stdin.pause();
  const recovered = /recovery mode/.test(console);
  if (result === null) return recovered ? status.failed : 0;
  const told = await Promise.race([result, new Promise<null>((resolve) => setTimeout(resolve, 1000, null))]);
  if (told !== null) return told;
  say('the machine ended before the command did');
  return status.failed;
}

try {
  const options = parseOptions(process.argv.slice(2));
  if (options === 'help') process.stdout.write(help);
  else process.exitCode = await run(options);
} catch (error) {
  const wrongOption = error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
  if (error instanceof SeedsRefused) process.exitCode = status.usage;
  else {
    say(error instanceof Error ? error.message : String(error));
    process.exitCode =
      error instanceof UsageError || wrongOption ? status.usage : error instanceof Missing ? status.missing : status.failed;
  }
}
process.exit();
