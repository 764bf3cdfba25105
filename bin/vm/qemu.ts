import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

export interface QemuParts {
  readonly kernel: string;
  readonly initramfs: string;
  readonly image: string;
  /** A second disk, read-only; null: none. */
  readonly second: string | null;
  readonly cmdline: string;
  readonly memoryMiB: number;
  /** Directory for the sockets. */
  readonly directory: string;
  readonly further: readonly string[];
}

/** Places on the PCI bus: root is found first, and so is /dev/vda; the second disk last, after any that are added. */
const rootSlot = '01';
const secondSlot = '1e';
/** What the machine sees of the second disk: its name depends on which others there are, its place does not. */
export const secondDevice = `/sys/devices/pci0000:00/0000:00:${secondSlot}.0`;

/** The device /dev/kvm may be there and useless: the processor has to have what it takes. */
const accelerated = (): boolean => /\b(?:vmx|svm)\b/.test(readFileSync('/proc/cpuinfo', 'utf8'));

function words({ kernel, initramfs, image, second, cmdline, memoryMiB, directory, further }: QemuParts): readonly string[] {
  const accelerator = accelerated() ? 'kvm' : 'tcg,thread=multi,tb-size=256';
  // The kernel's tests of its ciphers are a fifth of its own time here.
  const append =
    `cryptomgr.notests console=ttyS0 root=/dev/vda ro rootfstype=ext4 init=/usr/bin/peinit panic=-1 quiet loglevel=3 ${cmdline}`.trim();
  return [
    ...['-M', 'q35', '-accel', accelerator, '-cpu', 'max', '-m', String(memoryMiB)],
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
    ...['-kernel', kernel, '-initrd', initramfs, '-append', append],
    ...disk(image, 'root', rootSlot, 'cache=writeback'),
    ...(second === null ? [] : disk(second, 'second', secondSlot, 'readonly=on')),
    ...['-serial', 'stdio'],
    ...['-serial', `unix:${directory}/result,server=on,wait=off`],
    ...['-qmp', `unix:${directory}/qmp,server=on,wait=off`],
    ...further,
  ];
}

const disk = (file: string, name: string, slot: string, how: string): readonly string[] => [
  ...['-drive', `file=${file.replaceAll(',', ',,')},format=raw,if=none,id=${name},${how}`],
  ...['-device', `virtio-blk-pci,drive=${name},addr=0x${slot}`],
];

export interface Qemu {
  readonly process: ChildProcess;
  readonly ended: Promise<number | null>;
  /** Presses Ctrl-Alt-Del. */
  pressReboot(): Promise<void>;
  /** Ends the machine as a power cut does. */
  cutPower(): void;
}

/** Starts the machine; its console is the process's standard output. */
export function startQemu(parts: QemuParts): Qemu {
  // Not left behind when this process is killed; and not reached by a terminal's Ctrl-C, which means a request here.
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', 'qemu-system-x86_64', ...words(parts)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return {
    process: child,
    ended,
    cutPower: () => void child.kill('SIGKILL'),
    async pressReboot() {
      const keys = ['ctrl', 'alt', 'delete'].map((data) => ({ type: 'qcode', data }));
      const socket = connect(`${parts.directory}/qmp`);
      socket.write(`{"execute":"qmp_capabilities"}\n${JSON.stringify({ execute: 'send-key', arguments: { keys } })}\n`);
      socket.on('error', () => undefined);
      await new Promise((resolve) => socket.once('data', resolve));
      await pause(200);
      socket.destroy();
    },
  };
}

/** Reads the result channel up to the mark; resolves with the status told there, null when the channel ended before. */
export async function readResult(path: string, mark: string, write: (bytes: Buffer) => void): Promise<number | null> {
  const socket = await connectWhenThere(path);
  let held = Buffer.alloc(0);
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    held = Buffer.concat([held, chunk]);
    const at = held.indexOf(mark);
    const end = at < 0 ? -1 : held.indexOf('\n', at);
    if (end >= 0) {
      write(held.subarray(0, at));
      socket.destroy();
      return Number(held.subarray(at + mark.length, end).toString());
    }
    // What may be the beginning of the mark waits for more.
    const sure = at < 0 ? Math.max(0, held.length - mark.length) : at;
    write(held.subarray(0, sure));
    held = held.subarray(sure);
  }
  write(held);
  return null;
}

async function connectWhenThere(path: string): Promise<ReturnType<typeof connect>> {
  for (;;) {
    const socket = connect(path);
    const connected = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    if (connected) return socket;
    await pause(20);
  }
}
