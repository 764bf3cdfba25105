/** What a service needs of libc and no runtime has: datagrams of Unix sockets, and descriptors with them. Loaded when it is first used. */
import { createRequire } from 'node:module';

const AF_UNIX = 1;
const SOCK_DGRAM_CLOEXEC = 0o2000002;
const SOL_SOCKET = 1;
const SCM_RIGHTS = 1;
const MSG_NOSIGNAL = 0x4000;
const O_CLOEXEC = 0o2000000;
const CLOCK_MONOTONIC = 1;

/** The package koffi, which calls libc, cannot be loaded. */
export class NativeMissing extends Error {
  override name = 'NativeMissing';
}

interface Message {
  readonly name: Uint8Array;
  readonly namelen: number;
  readonly iov: readonly { readonly base: Uint8Array; readonly len: number }[];
  readonly iovlen: number;
  readonly control: Uint8Array | null;
  readonly controllen: number;
  readonly flags: number;
}

interface Libc {
  socket(domain: number, type: number, protocol: number): number;
  sendmsg(fd: number, message: Message, flags: number): number | bigint;
  pipe2(ends: number[], flags: number): number;
  clock_gettime(clock: number, time: Uint8Array): number;
  close(fd: number): number;
  errno(): number;
}

let loaded: Libc | null = null;

function libc(): Libc {
  if (loaded !== null) return loaded;
  let koffi: typeof import('koffi');
  try {
    koffi = createRequire(import.meta.url)('koffi') as typeof import('koffi');
  } catch (cause) {
    throw new NativeMissing('what a service says to peinit is sent by the package koffi, which cannot be loaded here: npm install koffi', {
      cause,
    });
  }
  const library = koffi.load('libc.so.6');
  const piece = koffi.struct({ base: 'void *', len: 'size_t' });
  const message = koffi.struct({
    name: 'void *',
    namelen: 'uint32_t',
    iov: koffi.pointer(piece),
    iovlen: 'size_t',
    control: 'void *',
    controllen: 'size_t',
    flags: 'int',
  });
  loaded = {
    socket: library.func('int socket(int, int, int)'),
    sendmsg: library.func('sendmsg', 'intptr_t', ['int', koffi.pointer(message), 'int']),
    pipe2: library.func('int pipe2(_Out_ int *, int)'),
    clock_gettime: library.func('int clock_gettime(int, _Out_ uint8_t *)'),
    close: library.func('int close(int)'),
    errno: () => koffi.errno(),
  };
  return loaded;
}

/** Sends a datagram to a Unix socket, with descriptors that stay ours; an errno, or 0. */
export function sendDatagram(path: string, text: string, descriptors: readonly number[]): number {
  const { socket, sendmsg, close, errno } = libc();
  const fd = socket(AF_UNIX, SOCK_DGRAM_CLOEXEC, 0);
  if (fd < 0) return errno();
  const [name, base, control] = [socketAddress(path), Buffer.from(text), withDescriptors(descriptors)];
  const iov = [{ base, len: base.length }];
  const controllen = control?.length ?? 0;
  const sent = sendmsg(fd, { name, namelen: name.length, iov, iovlen: 1, control, controllen, flags: 0 }, MSG_NOSIGNAL);
  const failed = Number(sent) < 0 ? errno() : 0;
  close(fd);
  return failed;
}

/** Both ends of a pipe, read and write; an errno. */
export function makePipe(): { readonly read: number; readonly write: number } | number {
  const { pipe2, errno } = libc();
  const [read, write] = [-1, -1];
  const ends = [read, write];
  return pipe2(ends, O_CLOEXEC) < 0 ? errno() : { read: ends[0] ?? -1, write: ends[1] ?? -1 };
}

export const closeDescriptor = (fd: number): void => void libc().close(fd);

/** Microseconds of CLOCK_MONOTONIC. */
export function monotonicUsec(): bigint {
  const time = Buffer.alloc(16);
  libc().clock_gettime(CLOCK_MONOTONIC, time);
  return time.readBigInt64LE(0) * 1_000_000n + time.readBigInt64LE(8) / 1000n;
}

/** struct sockaddr_un; a leading @ stands for the abstract namespace. */
function socketAddress(path: string): Uint8Array {
  const name = Buffer.from(path.startsWith('@') ? `\0${path.slice(1)}` : `${path}\0`);
  const address = Buffer.alloc(2 + name.length);
  address.writeUInt16LE(AF_UNIX, 0);
  name.copy(address, 2);
  return address;
}

/** struct cmsghdr with the descriptors behind it; null: there are none. */
function withDescriptors(descriptors: readonly number[]): Uint8Array | null {
  if (descriptors.length === 0) return null;
  const length = 16 + 4 * descriptors.length;
  const control = Buffer.alloc(Math.ceil(length / 8) * 8);
  control.writeBigUInt64LE(BigInt(length), 0);
  control.writeInt32LE(SOL_SOCKET, 8);
  control.writeInt32LE(SCM_RIGHTS, 12);
  for (const [index, fd] of descriptors.entries()) control.writeInt32LE(fd, 16 + 4 * index);
  return control;
}
