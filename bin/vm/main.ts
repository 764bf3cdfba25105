/** peinit-vm: builds a disk image, boots it in QEMU, and runs a command inside. */

import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import manifest from '../../package.json' with { type: 'json' };
import { SeedsRefused } from '../machine-files.ts';
import { commandDisk, endMark } from './agent.ts';
import { connectKeyboard, watchConsole } from './console.ts';
import { buildImage } from './image.ts';
import { buildInitramfs } from './initramfs.ts';
import type { KernelPackage } from './kernel.ts';
import { findKernel } from './kernel.ts';
import type { VmOptions } from './options.ts';
import { help, parseOptions, UsageError } from './options.ts';
import { readResult, startQemu } from './qemu.ts';
import { buildRoot } from './root.ts';

const project = join(import.meta.dirname, '../..');
const status = { usage: 2, missing: 3, notStarted: 124, failed: 125 } as const;

const say = (text: string): void => void process.stderr.write(`peinit-vm: ${text}\n`);

class Missing extends Error {}

function tool(name: string): string {
  const found = spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).stdout.trim();
  const unpacked = join(project, '.cache/tools/bin', name);
  if (found !== '') return found;
  if (existsSync(unpacked)) return unpacked;
  throw new Missing(`${name} is missing; run: npm run setup --prefix '${project}'`);
}

function kernelPackage(): KernelPackage {
  const directory = join(project, '.cache/kernel');
  const kernel = findKernel(directory);
  if (kernel !== null) return kernel;
  throw new Missing(`there is no kernel in ${directory}; run: npm run setup --prefix '${project}'`);
}

function initramfsInit(): string {
  const init = join(project, 'build/initramfs-init');
  if (existsSync(init)) return init;
  throw new Missing(`${init} is missing; run: npm run setup --prefix '${project}'`);
}

async function run(options: VmOptions): Promise<number> {
  tool('qemu-system-x86_64');
  tool('mkfs.ext4');
  const busybox = tool('busybox');
  const kernel = kernelPackage();
  if (process.getuid?.() !== 0) throw new Missing('an image with device nodes can be built by root only');
  const directory = mkdtempSync(join(tmpdir(), 'peinit-vm-'));
  try {
    const image = options.keep ?? join(directory, 'disk.img');
    if (existsSync(image)) {
      if (options.seeds.length > 0)
        throw new UsageError(`${image} has a registry already; change it inside with peiosctl registry import, or remove the image`);
    } else {
      const root = join(directory, 'root');
      mkdirSync(root);
      buildRoot({ project, kernel, busybox, root, options });
      buildImage(root, image);
      rmSync(root, { recursive: true, force: true });
    }
    return await boot(options, kernel, image, directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Whether another init than peinit is to be started, or peinit later on: nobody can tell what it says, and when. */
const namesInit = (cmdline: string): boolean => /(?:^|\s)init=/.test(cmdline);

async function boot(options: VmOptions, kernel: KernelPackage, image: string, directory: string): Promise<number> {
  const token = randomBytes(12).toString('hex');
  const second = options.command === null ? null : join(directory, 'command');
  if (options.command !== null && second !== null) writeFileSync(second, commandDisk(options.command, token, process.stdout.isTTY));
  const initramfs = join(directory, 'initramfs');
  writeFileSync(initramfs, buildInitramfs(kernel, initramfsInit()));
  const { cmdline, memoryMiB, qemu: further } = options;
  const qemu = startQemu({ kernel: kernel.image, initramfs, image, second, cmdline, memoryMiB, directory, further });
  process.on('exit', qemu.cutPower);
  process.on('SIGTERM', qemu.cutPower);
  const watched = watchConsole(qemu.process.stdout, options.command === null ? process.stdout : process.stderr);
  // A halted machine stays as it is, and nobody sits at the shell of Recovery when a command was to be run.
  watched.onHalt(qemu.cutPower);
  const started = (): boolean => watched.peinitSpoke() || namesInit(cmdline);
  let late = false;
  const startTimer = setTimeout(() => {
    late = !started();
    if (late) qemu.cutPower();
  }, options.startLimitSeconds * 1000);
  if (options.command !== null) watched.onRecovery(qemu.cutPower);
  let interrupts = 0;
  const interrupt = (): void => {
    interrupts++;
    if (interrupts > 1) qemu.cutPower();
    else qemu.pressReboot().catch(qemu.cutPower);
  };
  process.on('SIGINT', interrupt);
  const keyboard = options.command === null ? connectKeyboard(qemu.process.stdin, interrupt) : null;
  keyboard?.onEnd(() => watched.onRecovery(qemu.cutPower));
  const result =
    options.command === null ? null : readResult(join(directory, 'result'), endMark(token), (bytes) => process.stdout.write(bytes));
  try {
    await qemu.ended;
  } finally {
    clearTimeout(startTimer);
    process.off('SIGINT', interrupt);
    keyboard?.close();
  }
  if (!started()) {
    const what = late ? `peinit has not started within ${options.startLimitSeconds} s` : 'the machine ended before peinit started';
    say(`${what}; the console so far:\n${watched.text()}`);
    return late ? status.notStarted : status.failed;
  }
  if (result === null) return watched.recovered() ? status.failed : 0;
  const told = await Promise.race([result, new Promise<null>((resolve) => setTimeout(resolve, 1000, null))]);
  if (told !== null) return told;
  say(watched.recovered() ? 'the machine is in Recovery' : 'the machine ended before the command did');
  return status.failed;
}

try {
  const options = parseOptions(process.argv.slice(2));
  if (options === 'help') process.stdout.write(help);
  else if (options === 'version') process.stdout.write(`peinit-vm ${manifest.version}\n`);
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
