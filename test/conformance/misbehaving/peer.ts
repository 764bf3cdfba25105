/** Who is at the other end of a Unix socket, as the kernel knows it. */
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';

const SOL_SOCKET = 1;
const SO_PEERCRED = 17;
const SO_PEERGROUPS = 59;

export interface Peer {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
}

type GetSockOpt = (fd: number, level: number, name: number, value: Uint8Array, length: Uint32Array) => number;

function load(): GetSockOpt {
  const koffi = createRequire(import.meta.url)('koffi') as typeof import('koffi');
  return koffi.load('libc.so.6').func('int getsockopt(int, int, int, _Out_ uint8_t *, _Inout_ uint32_t *)') as unknown as GetSockOpt;
}

let getSockOpt: GetSockOpt | null = null;

function option(fd: number, name: number, bytes: number): DataView {
  getSockOpt ??= load();
  const value = new Uint8Array(bytes);
  const length = new Uint32Array([bytes]);
  if (getSockOpt(fd, SOL_SOCKET, name, value, length) !== 0) throw new Error(`getsockopt ${name} failed`);
  return new DataView(value.buffer, 0, length[0]);
}

export function peerOf(socket: Socket): Peer {
  const { fd } = (socket as unknown as { readonly _handle: { readonly fd: number } })._handle;
  const credentials = option(fd, SO_PEERCRED, 12);
  const list = option(fd, SO_PEERGROUPS, 4 * 1024);
  const groups = Array.from({ length: list.byteLength / 4 }, (_, at) => list.getUint32(at * 4, true));
  return { uid: credentials.getUint32(4, true), gid: credentials.getUint32(8, true), groups };
}
