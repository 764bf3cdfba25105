/** Datagrams to the notify socket, with descriptors. Node has no such sockets, so libc is called. */
import { createRequire } from 'node:module';

const AF_UNIX = 1;
const SOCK_DGRAM_CLOEXEC = 0o2000002;
const MSG_NOSIGNAL = 0x4000;
const SOL_SOCKET = 1;
const SCM_RIGHTS = 1;
const O_CLOEXEC = 0o2000000;

interface Libc {
  socket(domain: number, type: number, protocol: number): number;
  connect(fd: number, address: Uint8Array, length: number): number;
  sendmsg(fd: number, message: object, flags: number): number | bigint;
  pipe2(fds: Int32Array, flags: number): number;
  close(fd: number): number;
  errno(): number;
}

let loaded: Libc | null = null;

function libc(): Libc {
  if (loaded !== null) return loaded;
  const koffi = createRequire(import.meta.url)('koffi') as typeof import('koffi');
  const library = koffi.load('libc.so.6');
  koffi.struct('conformance_iovec', { base: 'uint8_t *', length: 'size_t' });
  koffi.struct('conformance_msghdr', {
    name: 'uint8_t *',
    name_length: 'uint32_t',
    parts: 'conformance_iovec *',
    part_count: 'size_t',
    control: 'uint8_t *',
    control_length: 'size_t',
    flags: 'int',
  });
  loaded = {
    socket: library.func('int socket(int, int, int)'),
    connect: library.func('int connect(int, const uint8_t *, uint32_t)'),
    sendmsg: library.func('intptr_t sendmsg(int, const conformance_msghdr *, int)'),
    pipe2: library.func('int pipe2(_Out_ int *, int)'),
    close: library.func('int close(int)'),
    errno: () => koffi.errno(),
  };
  return loaded;
}

/** A leading @ stands for the abstract namespace. */
function addressOf(path: string): Uint8Array {
  const name = Buffer.from(path.startsWith('@') ? `\0${path.slice(1)}` : `${path}\0`);
  const address = Buffer.alloc(2 + name.length);
  address.writeUInt16LE(AF_UNIX, 0);
  name.copy(address, 2);
  return address;
}

/** struct cmsghdr of a 64-bit machine, and the descriptors behind it. */
function rights(fds: readonly number[]): Uint8Array {
  const length = 16 + 4 * fds.length;
  const control = Buffer.alloc(Math.ceil(length / 8) * 8);
  control.writeBigUInt64LE(BigInt(length), 0);
  control.writeInt32LE(SOL_SOCKET, 8);
  control.writeInt32LE(SCM_RIGHTS, 12);
  for (const [index, fd] of fds.entries()) control.writeInt32LE(fd, 16 + 4 * index);
  return control;
}

/** Null: it was sent; otherwise why not. */
export function sendDatagram(path: string, text: string, fds: readonly number[] = []): string | null {
  const calls = libc();
  const fd = calls.socket(AF_UNIX, SOCK_DGRAM_CLOEXEC, 0);
  if (fd < 0) return `socket failed with errno ${calls.errno()}`;
  try {
    const address = addressOf(path);
    if (calls.connect(fd, address, address.length) !== 0) return `connect to ${path} failed with errno ${calls.errno()}`;
    const data = Buffer.from(text);
    const control = fds.length === 0 ? null : rights(fds);
    const message = {
      name: null,
      name_length: 0,
      parts: [{ base: data, length: data.length }],
      part_count: 1,
      control,
      control_length: control?.length ?? 0,
      flags: 0,
    };
    const sent = Number(calls.sendmsg(fd, message, MSG_NOSIGNAL));
    return sent === data.length ? null : `sendmsg failed with errno ${calls.errno()}`;
  } finally {
    calls.close(fd);
  }
}

/** Both ends of a pipe, the reading one first; null: there is none. */
export function makePipe(): readonly [number, number] | null {
  const ends = new Int32Array(2);
  if (libc().pipe2(ends, O_CLOEXEC) !== 0) return null;
  return [ends[0] ?? -1, ends[1] ?? -1];
}

export const closeDescriptor = (fd: number): void => {
  libc().close(fd);
};
