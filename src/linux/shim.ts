/**
 * The addon's functions as TypeScript sees them (shim/*.c has the comments), and the one way to load it. Zero or more is a
 * result, a negative number is -errno.
 */
import { constants } from 'node:os';
import type { Result } from '../kernel/kernel.ts';

/** A loop of the addon; only its own functions can look into it. */
export interface ShimLoop {
  readonly shimLoop: unique symbol;
}

export interface Shim {
  readFile(path: string, maxBytes: number): Uint8Array | Result;
  writeFile(path: string, data: Uint8Array | string, flags: number, mode: number, options: number): Result;
  replaceFile(path: string, data: Uint8Array | string, mode: number): Result;
  mkdir(path: string, mode: number): Result;
  rmdir(path: string): Result;
  unlink(path: string): Result;
  chmod(path: string, mode: number): Result;
  chown(path: string, uid: number, gid: number): Result;
  executable(path: string): Result;
  isTerminal(fd: number): Result;
  open(path: string, flags: number, mode: number): Result;
  close(fd: number): Result;
  closeAside(fd: number): Result;
  waitingCloses(): Result;
  read(fd: number, into: Uint8Array): Result;
  readAt(fd: number, into: Uint8Array, offset: number): Result;
  changed(fd: number): Result;
  write(fd: number, data: Uint8Array, offset: number, length: number): Result;
  writeNow(fd: number, data: Uint8Array, offset: number, length: number): Result;
  pipe(ends: Int32Array, nonblockingRead: number, capacity: number, uid: number, gid: number): Result;
  compareDescriptions(fd: number, other: number): Result;
  reserveDescriptors(count: number): Result;
  lockFile(fd: number): Result;
  readSealed(fd: number, maxBytes: number): Uint8Array | Result;

  readLines(fd: number, into: Uint8Array, at: number, most: number, found: Int32Array): Result;
  jsonLines(
    into: Uint8Array,
    at: number,
    bytes: Uint8Array,
    from: number,
    to: number,
    before: string,
    after: string,
    inexact: Int32Array,
  ): Result;

  listenStream(path: string, mode: number, backlog: number): Result;
  accept(fd: number): Result;
  connectStream(path: string): Result;
  socketError(fd: number): Result;
  shutdownWrite(fd: number): Result;
  peerCredentials(fd: number, pidUidGid: Int32Array): Result;
  peerGroups(fd: number): Uint8Array | Result;
  watchVanishing(directory: string): Result;
  watchAppearing(directory: string): Result;
  openPowerKey(device: string): Result;
  inode(path: string): Result;
  bindDatagram(path: string, mode: number, receiveBuffer: number): Result;
  passDescriptors(fd: number, on: number): Result;
  receiveDatagram(fd: number, into: Uint8Array, message: Int32Array): Result;
  sendDatagram(path: string, data: Uint8Array, descriptors: Int32Array): Result;
  receiveWithDescriptors(fd: number, into: Uint8Array, message: Int32Array): Result;
  sendWithDescriptors(fd: number, data: Uint8Array, descriptors: Int32Array): Result;

  spawn(numbers: Int32Array, text: string, wide: BigUint64Array): Result;
  openProcess(pid: number): Result;
  signalProcess(pidfd: number, signal: number): Result;
  scanProcesses(into: Float64Array, namespace: string): Result;
  inodeOf(fd: number): Result;
  reap(into: Int32Array): Result;
  catchSignals(signals: Int32Array): Result;
  drainSignals(into: Int32Array): Result;
  signalTotal(signal: number): Result;

  loopCreate(): ShimLoop | Result;
  loopAdd(loop: ShimLoop, fd: number, token: number, events: number, urgent: number): Result;
  loopModify(loop: ShimLoop, fd: number, token: number, events: number): Result;
  loopRemove(loop: ShimLoop, fd: number, token: number): Result;
  loopArm(loop: ShimLoop, instant: bigint): Result;
  loopArmRealtime(loop: ShimLoop, instant: bigint): Result;
  loopDrain(loop: ShimLoop, into: Int32Array): Result;
  loopRun(loop: ShimLoop, onWake: () => void): Result;
  loopStop(loop: ShimLoop): Result;
  loopClose(loop: ShimLoop): Result;

  mount(source: string, target: string, type: string, flags: number, data: string): Result;
  umount(target: string, flags: number): Result;
  sync(rootOnly: number): Result;
  loopbackUp(): Result;

  monotonicNs(): bigint;
  realtimeNs(): bigint;
  readRtc(device: string): Result;
  setRealtime(seconds: number): Result;
  addEntropy(seed: Uint8Array, credit: number): Result;
  random(into: Uint8Array): Result;
  reboot(command: number): Result;
  pidNamespace(): Result;
  capabilities(): bigint;
  hostname(name: string): Result;
  getLimit(resource: number, pair: BigUint64Array): Result;
  setLimit(resource: number, pair: BigUint64Array): Result;
  setSlice(microseconds: number): Result;

  releaseCode(): Result;
  releaseHeap(): Result;
  sealedMemory(name: string, data: Uint8Array): Result;
}

/** Loads the addon. Throws when the file is missing or was built for another Node. */
export function loadShim(path: string): Shim {
  const holder: { exports: unknown } = { exports: {} };
  process.dlopen(holder, path, constants.dlopen.RTLD_NOW);
  return holder.exports as Shim;
}
