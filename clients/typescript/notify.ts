import { createRequire } from 'node:module';
import { notifyKeys } from '../../gen/notify/facts.ts';
import type { Notification } from '../../gen/notify/types.ts';

const AF_UNIX = 1;
const SOCK_DGRAM_CLOEXEC = 0o2000002;
const MSG_NOSIGNAL = 0x4000;

interface Libc {
  socket(domain: number, type: number, protocol: number): number;
  sendto(fd: number, data: Uint8Array, length: number, flags: number, address: Uint8Array, addressLength: number): number;
  close(fd: number): number;
}

let libc: Libc | null = null;

/** Node has no datagram Unix sockets, so libc is called; loaded with the first notification. */
function loadLibc(): Libc {
  const koffi = createRequire(import.meta.url)('koffi') as typeof import('koffi');
  const library = koffi.load('libc.so.6');
  return {
    socket: library.func('int socket(int, int, int)'),
    sendto: library.func('intptr_t sendto(int, const uint8_t *, size_t, int, const uint8_t *, uint32_t)'),
    close: library.func('int close(int)'),
  };
}

/**
 * Tells the service manager about this process (sd_notify): `notify({ ready: true, status: 'serving' })`. Must come from the main process
 * of a service. False when NOTIFY_SOCKET is not set or the datagram could not be sent. PSD-007 5.3.
 */
export function notify(message: Partial<Notification>): boolean {
  const path = process.env['NOTIFY_SOCKET'];
  if (path === undefined || path === '') return false;
  const text = lines(message).join('\n');
  libc ??= loadLibc();
  const fd = libc.socket(AF_UNIX, SOCK_DGRAM_CLOEXEC, 0);
  if (fd < 0) return false;
  const address = socketAddress(path);
  const data = new TextEncoder().encode(text);
  const sent = libc.sendto(fd, data, data.length, MSG_NOSIGNAL, address, address.length);
  libc.close(fd);
  return Number(sent) === data.length;
}

function lines(message: Partial<Notification>): readonly string[] {
  return Object.entries(message).flatMap(([member, value]) => {
    const key = (notifyKeys as Readonly<Record<string, { readonly name: string; readonly value: string } | undefined>>)[member];
    if (key === undefined || value === undefined || value === null || value === false) return [];
    return [`${key.name}=${value === true ? key.value : String(value).replaceAll('\n', ' ')}`];
  });
}

/** struct sockaddr_un; a leading @ stands for the abstract namespace. */
function socketAddress(path: string): Uint8Array {
  const name = Buffer.from(path.startsWith('@') ? `\0${path.slice(1)}` : `${path}\0`);
  const address = Buffer.alloc(2 + name.length);
  address.writeUInt16LE(AF_UNIX, 0);
  name.copy(address, 2);
  return address;
}
