import { errno } from '../kernel/errno.ts';
import type { Descriptors, Files, Inputs } from '../kernel/kernel.ts';
import type { Loop, Watch } from '../kernel/loop.ts';

export interface PowerButtonParts {
  readonly kernel: Inputs & Pick<Descriptors, 'read' | 'close' | 'closeAside'> & Pick<Files, 'readDirectory'>;
  readonly loop: Pick<Loop, 'watch'>;
  readonly pressed: () => void;
}

const devices = '/dev/input';
/** Where that directory appears with the first device. */
const above = '/dev';
const isEventDevice = (name: string): boolean => /^event\d+$/.test(name);

const recordBytes = 24;
/** What tells that a device was opened. */
const resultBytes = 4;
/** Offsets in a record, behind its time: type, code, value. */
const at = { type: 16, code: 18, value: 20 } as const;
const keyEvent = 1;
const powerKey = 116;
const press = 1;

/**
 * The power button: every event device that has such a key is in the epoll set, and a press of it asks for the end of the machine; that it
 * is let go, or held, says nothing. Devices that come later are noticed by their names appearing, without asking again and again. A device
 * that cannot be opened or read is left alone, and one whose driver hangs holds nobody up. SHUT-026, SHUT-027.
 */
export function watchPowerButton({ kernel, loop, pressed }: PowerButtonParts): void {
  const buffer = new Uint8Array(recordBytes * 16);
  const records = new DataView(buffer.buffer);
  /** By name. */
  const open = new Map<string, { readonly fd: number; readonly watch: Watch }>();
  /** By name: devices that are being opened. */
  const opening = new Map<string, { readonly fd: number; readonly watch: Watch }>();
  let appearing: { readonly fd: number; readonly watch: Watch } | null = null;

  const isPress = (offset: number): boolean =>
    records.getUint16(offset + at.type, true) === keyEvent &&
    records.getUint16(offset + at.code, true) === powerKey &&
    records.getInt32(offset + at.value, true) === press;

  function drop(name: string): void {
    const device = open.get(name);
    open.delete(name);
    device?.watch.close();
    if (device !== undefined) kernel.closeAside(device.fd);
  }

  /** One buffer a turn: a button that is stuck keeps nobody from anything. */
  function look(name: string, fd: number, closed: boolean): void {
    const length = kernel.read(fd, buffer);
    if (!closed && (length === -errno.EAGAIN || length === -errno.EINTR)) return;
    if (length <= 0) return drop(name);
    for (let offset = 0; offset + recordBytes <= length; offset += recordBytes) if (isPress(offset)) pressed();
  }

  function watchDevice(name: string): void {
    const fd = kernel.openPowerKey(`${devices}/${name}`);
    if (fd < 0) return;
    try {
      opening.set(name, { fd, watch: loop.watch(fd, { read: true }, 'control', () => opened(name, fd)) });
    } catch {
      kernel.close(fd);
    }
  }

  function opened(name: string, report: number): void {
    const length = kernel.read(report, buffer);
    if (length === -errno.EAGAIN || length === -errno.EINTR) return;
    opening.get(name)?.watch.close();
    opening.delete(name);
    kernel.close(report);
    const fd = length === resultBytes ? records.getInt32(0, true) : -1;
    if (fd < 0) return;
    try {
      open.set(name, { fd, watch: loop.watch(fd, { read: true }, 'control', ({ closed }) => look(name, fd, closed)) });
    } catch {
      kernel.closeAside(fd);
    }
  }

  /** Where what is missing will appear. First of all, so that nothing goes unnoticed that appears while it is looked. */
  function watchAnew(): void {
    const before = appearing;
    appearing = null;
    for (const directory of [devices, above]) {
      const fd = kernel.watchAppearing(directory);
      if (fd < 0) continue;
      try {
        appearing = { fd, watch: loop.watch(fd, { read: true }, 'control', search) };
        break;
      } catch {
        kernel.close(fd);
      }
    }
    before?.watch.close();
    if (before !== null) kernel.close(before.fd);
  }

  function search(): void {
    watchAnew();
    const names = kernel.readDirectory(devices);
    if (typeof names === 'number') return;
    for (const name of names) if (isEventDevice(name) && !open.has(name) && !opening.has(name)) watchDevice(name);
  }

  search();
}
