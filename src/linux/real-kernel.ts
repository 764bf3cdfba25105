/** The seam over a real Linux kernel: thin words around the shim's functions. */

import { constants, readdirSync, readlinkSync } from 'node:fs';
import { errno } from '../kernel/errno.ts';
import type {
  Datagram,
  Descriptors,
  ExitStatus,
  Files,
  Kernel,
  Lines,
  Machine,
  PeerCredentials,
  Processes,
  ProcessRow,
  Result,
  SignalRecord,
  Signals,
  Sockets,
} from '../kernel/kernel.ts';
import type { Shim } from './shim.ts';
import { createSpawner } from './spawn-request.ts';

const noDescriptors = new Int32Array(0);
const maxDatagramBytes = 65536;
/** Positions of a received message; shim/messages.c writes it. */
const message = { truncated: 0, hasSender: 1, pid: 2, uid: 3, gid: 4, count: 5, descriptors: 6, length: 6 + 64 } as const;

function errnoOf(error: unknown): Result {
  const number = (error as { errno?: unknown }).errno;
  return typeof number === 'number' && number < 0 ? number : -errno.EIO;
}

function realFiles(shim: Shim): Files {
  return {
    readFile: (path, maxBytes) => shim.readFile(path, maxBytes),
    writeFile(path, data, options = {}) {
      let flags = options.create === false ? 0 : constants.O_CREAT;
      if (options.exclusive === true) flags |= constants.O_EXCL;
      flags |= options.append === true ? constants.O_APPEND : constants.O_TRUNC;
      return shim.writeFile(path, data, flags, options.mode ?? 0o644, options.sync === true ? 1 : 0);
    },
    replaceFile: (path, data, mode) => shim.replaceFile(path, data, mode),
    mkdir: (path, mode) => shim.mkdir(path, mode),
    rmdir: (path) => shim.rmdir(path),
    unlink: (path) => shim.unlink(path),
    chmod: (path, mode) => shim.chmod(path, mode),
    chown: (path, uid, gid) => shim.chown(path, uid, gid),
    readDirectory(path) {
      try {
        return readdirSync(path);
      } catch (error) {
        return errnoOf(error);
      }
    },
    readLink(path) {
      try {
        return readlinkSync(path);
      } catch (error) {
        return errnoOf(error);
      }
    },
    executable: (path) => shim.executable(path) === 0,
    isTerminal: (fd) => shim.isTerminal(fd) === 1,
  };
}

function realDescriptors(shim: Shim): Descriptors {
  const ends = new Int32Array(2);
  return {
    open: (path, flags, mode = 0o644) => shim.open(path, flags, mode),
    close: (fd) => shim.close(fd),
    closeAside: (fd) => shim.closeAside(fd),
    waitingCloses: () => shim.waitingCloses(),
    read: (fd, into) => shim.read(fd, into),
    inodeOf: (fd) => shim.inodeOf(fd),
    readAt: (fd, into, offset) => shim.readAt(fd, into, offset),
    changed: (fd) => shim.changed(fd),
    write: (fd, data, offset, length) => shim.write(fd, data, offset, length),
    writeNow: (fd, data, offset, length) => shim.writeNow(fd, data, offset, length),
    pipe({ nonblockingRead, capacity = 0, owner = { uid: 0, gid: 0 } }) {
      const result = shim.pipe(ends, nonblockingRead ? 1 : 0, capacity, owner.uid, owner.gid);
      return result < 0 ? result : [ends[0] ?? -1, ends[1] ?? -1];
    },
    compareDescriptions: (fd, other) => shim.compareDescriptions(fd, other),
    reserveDescriptors: (count) => shim.reserveDescriptors(count),
    readSealed: (fd, maxBytes) => shim.readSealed(fd, maxBytes),
  };
}

function realLines(shim: Shim): Lines {
  return {
    readLines: (fd, into, at, most, found) => shim.readLines(fd, into, at, most, found),
    jsonLines: (into, at, bytes, from, to, before, after, inexact) => shim.jsonLines(into, at, bytes, from, to, before, after, inexact),
  };
}

function realSockets(shim: Shim): Sockets {
  const numbers = new Int32Array(message.length);
  const buffer = new Uint8Array(maxDatagramBytes + 1);
  const credentialsAt = (at: number): PeerCredentials => ({
    pid: numbers[at] ?? 0,
    uid: (numbers[at + 1] ?? 0) >>> 0,
    gid: (numbers[at + 2] ?? 0) >>> 0,
  });
  const descriptorsReceived = (): number[] => {
    const count = numbers[message.count] ?? 0;
    return count === 0 ? [] : Array.from(numbers.subarray(message.descriptors, message.descriptors + count));
  };
  return {
    listenStream: (path, mode, backlog) => shim.listenStream(path, mode, backlog),
    accept: (fd) => shim.accept(fd),
    connectStream: (path) => shim.connectStream(path),
    socketError: (fd) => shim.socketError(fd),
    shutdownWrite: (fd) => shim.shutdownWrite(fd),
    peerCredentials(fd) {
      const result = shim.peerCredentials(fd, numbers);
      return result < 0 ? result : credentialsAt(0);
    },
    peerGroups(fd) {
      const bytes = shim.peerGroups(fd);
      if (typeof bytes === 'number') return bytes;
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      return Array.from({ length: bytes.length / 4 }, (_, index) => view.getUint32(index * 4, true));
    },
    watchVanishing: (directory) => shim.watchVanishing(directory),
    inode: (path) => shim.inode(path),
    bindDatagram: (path, mode, receiveBuffer) => shim.bindDatagram(path, mode, receiveBuffer),
    passDescriptors: (fd, on) => shim.passDescriptors(fd, on ? 1 : 0),
    receiveDatagram(fd): Datagram | Result {
      const bytes = shim.receiveDatagram(fd, buffer, numbers);
      if (bytes < 0) return bytes;
      return {
        data: buffer.subarray(0, bytes),
        truncated: numbers[message.truncated] === 1,
        sender: numbers[message.hasSender] === 1 ? credentialsAt(message.pid) : null,
        descriptors: descriptorsReceived(),
      };
    },
    sendDatagram: (path, data, descriptors) => shim.sendDatagram(path, data, descriptors ? Int32Array.from(descriptors) : noDescriptors),
    receiveWithDescriptors(fd, into) {
      const bytes = shim.receiveWithDescriptors(fd, into, numbers);
      return bytes < 0 ? bytes : { bytes, descriptors: descriptorsReceived() };
    },
    sendWithDescriptors: (fd, data, descriptors) => shim.sendWithDescriptors(fd, data, Int32Array.from(descriptors)),
  };
}

/** Numbers of a row; shim/scan.c writes them. */
const rowLength = 5;

function rowAt(rows: Float64Array, at: number): ProcessRow {
  const [pid = 0, parent = 0, session = 0, start = 0, namespace = 0] = rows.subarray(at, at + rowLength);
  return { pid, parent, session, start, namespace };
}

function realProcesses(shim: Shim): Processes {
  const batch = 256;
  const ended = new Int32Array(4 * batch);
  let rows = new Float64Array(256 * rowLength);
  return {
    spawn: createSpawner(shim),
    reap() {
      const statuses: ExitStatus[] = [];
      for (;;) {
        const count = shim.reap(ended);
        for (let at = 0; at < count * 4; at += 4) {
          const code = ended[at + 1] ?? -1;
          const signal = ended[at + 2] ?? 0;
          statuses.push({
            pid: ended[at] ?? 0,
            exitCode: code < 0 ? null : code,
            signal: signal === 0 ? null : signal,
            coreDumped: ended[at + 3] === 1,
          });
        }
        if (count < batch) return statuses;
      }
    },
    scanProcesses(namespace) {
      let count = shim.scanProcesses(rows, namespace ?? '');
      // Some more, for those that are born meanwhile.
      while (count * rowLength > rows.length) {
        rows = new Float64Array((count + 256) * rowLength);
        count = shim.scanProcesses(rows, namespace ?? '');
      }
      return count < 0 ? count : Array.from({ length: count }, (_, index) => rowAt(rows, index * rowLength));
    },
    openProcess: (pid) => shim.openProcess(pid),
    signal: (pidfd, signal) => shim.signalProcess(pidfd, signal),
  };
}

function realSignals(shim: Shim): Signals {
  const records = new Int32Array(3 * 1024);
  return {
    catchSignals: (signals) => shim.catchSignals(Int32Array.from(signals)),
    drainSignals() {
      const drained: SignalRecord[] = [];
      for (;;) {
        const count = shim.drainSignals(records);
        if (count <= 0) return drained;
        for (let at = 0; at < count * 3; at += 3) {
          const [signal = 0, senderPid = 0, senderUid = 0] = records.subarray(at, at + 3);
          drained.push({ signal, senderPid, senderUid: senderUid >>> 0 });
        }
      }
    },
  };
}

function realMachine(shim: Shim): Machine {
  const pair = new BigUint64Array(2);
  return {
    mount: (source, target, type, flags, data) => shim.mount(source, target, type, flags, data ?? ''),
    umount: (target, flags) => shim.umount(target, flags),
    loopbackUp: () => shim.loopbackUp(),
    readRtc: (device) => shim.readRtc(device),
    setRealtime: (seconds) => shim.setRealtime(seconds),
    addEntropy: (seed, credit) => shim.addEntropy(seed, credit ? 1 : 0),
    random(bytes) {
      const into = new Uint8Array(bytes);
      const result = shim.random(into);
      return result < 0 ? result : into;
    },
    sync: (rootOnly) => shim.sync(rootOnly ? 1 : 0),
    reboot: (command) => shim.reboot(command),
    pidNamespace: () => shim.pidNamespace(),
    capabilities: () => BigInt.asUintN(64, shim.capabilities()),
    hostname: (name) => shim.hostname(name),
    pid: () => process.pid,
    getLimit(resource) {
      const result = shim.getLimit(resource, pair);
      return result < 0 ? result : { soft: pair[0] ?? 0n, hard: pair[1] ?? 0n };
    },
    setLimit(resource, soft, hard) {
      pair[0] = soft;
      pair[1] = hard;
      return shim.setLimit(resource, pair);
    },
    setSlice: (microseconds) => shim.setSlice(microseconds),
  };
}

/** The real kernel; `shim` comes from loadShim. Signals are global to the process, all else is per call. */
export function createRealKernel(shim: Shim): Kernel {
  return {
    monotonicNs: () => shim.monotonicNs(),
    realtimeNs: () => shim.realtimeNs(),
    ...realFiles(shim),
    ...realDescriptors(shim),
    ...realLines(shim),
    ...realSockets(shim),
    ...realProcesses(shim),
    ...realSignals(shim),
    ...realMachine(shim),
    openPowerKey: (device) => shim.openPowerKey(device),
    watchAppearing: (directory) => shim.watchAppearing(directory),
  };
}
