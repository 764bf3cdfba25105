import type { Assignment, Notification } from '../../../gen/notify/types.ts';
import { errno } from '../../kernel/errno.ts';
import type { Clock, Datagram, Descriptors, Result, Sockets } from '../../kernel/kernel.ts';
import type { Loop, Watch } from '../../kernel/loop.ts';
import { createDescriptorGate } from './descriptor-gate.ts';
import { decodeNotification } from './notification.ts';

/**
 * The notify socket: datagrams from the main processes of services, their senders attested by the kernel. Everything else is
 * refused whole and recorded. Descriptors are kept only by whoever takes them in `deliver`; all others are closed when the
 * datagram has been handled, which is what sd_notify_barrier waits for. PSD-007 11.1, NTF-003 to -007, NTF-022, NTF-026.
 */
export interface NotifySocketOptions {
  readonly kernel: Pick<
    Sockets & Descriptors & Clock,
    'bindDatagram' | 'receiveDatagram' | 'passDescriptors' | 'closeAside' | 'waitingCloses' | 'monotonicNs'
  >;
  readonly loop: Loop;
  readonly path: string;
  /** The job whose main process that is, running and not yet reaped; null: nobody's. */
  jobOfMainPid(pid: number): string | null;
  deliver(message: DeliveredNotification): void;
  /** A datagram without any effect. `pid`: null when the kernel named no sender. */
  rejected(rejection: NotifyRejection): void;
  readonly warn: (text: string) => void;
}

export interface DeliveredNotification {
  readonly job: string;
  readonly assignments: readonly Assignment[];
  /** What it says about its descriptors. */
  readonly notification: Notification;
  /** Takes the descriptors that came with FDSTORE=1; whoever calls it must close them. Empty: there are none to keep. */
  takeDescriptors(): readonly number[];
}

export interface NotifyRejection {
  readonly pid: number | null;
  /** The job whose main process the sender is; null: nobody's. */
  readonly job: string | null;
  /** Why, in words. */
  readonly reason: string;
  /** It said READY=1, whatever else. */
  readonly ready: boolean;
}

export interface NotifySocket {
  /** 0, or -errno of the socket. */
  start(): Result;
  /** Binds anew. Those who are connected to the old socket are still heard. 0 or -errno. */
  rebind(): Result;
  /** Handles all that has arrived by now; before a main process is reaped, so that its last words count. NTF-005. */
  drain(): void;
  close(): void;
}

const mode = 0o666;
/** Some thousand services that become ready at once. */
const receiveBufferBytes = 8_388_608;
/** Sockets that are heard: the one in force, and those before it, to which programs may be connected. */
const mostSockets = 4;
/** Datagrams of one turn, and about how many bytes: each may start the next service, each line costs, and signals wait that long. */
const datagramsPerTurn = 16;
const bytesPerTurn = 65_536;
/** A flood cannot hold up reaping for longer than this many, nor than as much as the socket can hold at once. */
const datagramsPerDrain = 16_384;
const bytesPerDrain = receiveBufferBytes;
/** Each costs some microseconds, however little it weighs. */
const descriptorsPerDrain = 8_192;
/** Before a reaping: of one sender no more is read than it can have to say at last. */
const bytesOfSenderPerDrain = 262_144;
/** What a descriptor counts as: to keep or refuse it costs as much as reading that. */
const bytesPerDescriptor = 256;

const weightOf = ({ data, descriptors }: Datagram): number => data.length + descriptors.length * bytesPerDescriptor;

const readyLine = Buffer.from('READY=1');

/** Bytes only: what is refused is not taken apart, and may be anything. */
const saysReady = (data: Uint8Array): boolean => Buffer.from(data.buffer, data.byteOffset, data.length).includes(readyLine);

export function createNotifySocket(options: NotifySocketOptions): NotifySocket {
  const { kernel, loop, path } = options;
  /** The latest one first. */
  let bound: readonly { readonly fd: number; readonly watch: Watch }[] = [];

  const gate = createDescriptorGate({ kernel, loop, warn: options.warn, sockets: () => bound.map(({ fd }) => fd) });

  function bind(): Result {
    const fd = kernel.bindDatagram(path, mode, receiveBufferBytes);
    if (fd < 0) return fd;
    const all = [
      { fd, watch: loop.watch(fd, { read: true }, 'notify', () => receive(fd, datagramsPerTurn, bytesPerTurn, judge)) },
      ...bound,
    ];
    bound = all.slice(0, mostSockets);
    gate.joined(fd);
    all.slice(mostSockets).forEach(end);
    return 0;
  }

  function end({ fd, watch }: (typeof bound)[number]): void {
    watch.close();
    // What nobody has read goes with it, descriptors included.
    kernel.closeAside(fd);
  }

  function receive(from: number, most: number, mostBytes: number, judged: typeof judge): void {
    let bytes = 0;
    let descriptors = 0;
    const goesOn = (): boolean => bytes < mostBytes && descriptors < descriptorsPerDrain && bound.some(({ fd }) => fd === from);
    for (let handled = 0; handled < most && goesOn(); handled++) {
      const got = kernel.receiveDatagram(from);
      if (typeof got !== 'number') {
        bytes += weightOf(got);
        descriptors += got.descriptors.length;
        handle(got, judged);
      } else if (got !== -errno.EINTR) return;
    }
  }

  function drain(): void {
    const bytesOf = new Map<number, number>();
    const judgeBriefly: typeof judge = (datagram, job, take) => {
      const pid = datagram.sender?.pid ?? 0;
      const before = bytesOf.get(pid) ?? 0;
      bytesOf.set(pid, before + weightOf(datagram));
      return before < bytesOfSenderPerDrain ? judge(datagram, job, take) : 'its sender says more at once than is listened to';
    };
    // What came over an older socket came first.
    for (const { fd } of bound.toReversed()) receive(fd, datagramsPerDrain, bytesPerDrain, judgeBriefly);
  }

  function handle(datagram: Datagram, judged: typeof judge): void {
    let kept: readonly number[] = datagram.descriptors;
    const take = (): readonly number[] => {
      const taken = kept;
      kept = [];
      return taken;
    };
    const pid = datagram.sender?.pid ?? null;
    try {
      const job = pid === null ? null : options.jobOfMainPid(pid);
      const reason = judged(datagram, job, take);
      if (reason !== null) options.rejected({ pid, job, reason, ready: saysReady(datagram.data) });
    } finally {
      for (const fd of kept) kernel.closeAside(fd);
      if (datagram.truncated || datagram.descriptors.length > 0) gate.check();
    }
  }

  /** Why it is refused; null: it was delivered. */
  function judge({ truncated, sender, data }: Datagram, job: string | null, take: () => readonly number[]): string | null {
    if (sender === null) return 'the kernel named no sender';
    if (job === null) return 'the sender is not the main process of a running service';
    if (truncated) return 'more than 65536 bytes or more than 64 descriptors';
    const decoded = decodeNotification(data);
    if (decoded.kind === 'void') return decoded.reason;
    const { assignments, notification } = decoded;
    // Removing without a name would leave open what was meant: that part of the datagram is dropped. NTF-024.
    const unnamed = notification.fdStoreRemove === true && notification.fdName === undefined;
    const keeps = notification.fdStore === true && !unnamed;
    options.deliver({
      job,
      assignments,
      notification: unnamed ? { ...notification, fdStore: undefined, fdStoreRemove: undefined } : notification,
      takeDescriptors: keeps ? take : () => [],
    });
    return null;
  }

  return {
    start: bind,
    rebind: bind,
    drain,
    close() {
      bound.forEach(end);
      bound = [];
    },
  };
}
