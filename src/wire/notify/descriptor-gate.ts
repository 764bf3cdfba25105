import type { Clock, Descriptors, Sockets } from '../../kernel/kernel.ts';
import type { Loop } from '../../kernel/loop.ts';

/**
 * Senders whose descriptors take long to close could fill the table of PID 1 with those that wait for it. While too many wait, the notify
 * sockets take no further ones: such a datagram fails at its sender with EPERM.
 */
export interface DescriptorGateOptions {
  readonly kernel: Pick<Descriptors & Sockets & Clock, 'waitingCloses' | 'passDescriptors' | 'monotonicNs'>;
  readonly loop: Loop;
  /** Those that are heard. */
  readonly sockets: () => readonly number[];
  readonly warn: (text: string) => void;
}

export interface DescriptorGate {
  /** After descriptors were handed aside. */
  check(): void;
  /** A further socket is heard. */
  joined(fd: number): void;
}

const mostWaiting = 1024;
/** Few enough that descriptors are taken again. */
const fewWaiting = 256;
const againNs = 250_000_000n;

const refusal =
  `more than ${mostWaiting} descriptors that came with notifications wait to be closed, because their owners let closing them take long; ` +
  'the notify socket takes no descriptors until most are closed';

export function createDescriptorGate({ kernel, loop, sockets, warn }: DescriptorGateOptions): DescriptorGate {
  let shut = false;
  let told = false;

  const pass = (on: boolean): void => sockets().forEach((fd) => void kernel.passDescriptors(fd, on));
  const later = (): void => void loop.at(kernel.monotonicNs() + againNs, look);

  function look(): void {
    shut = kernel.waitingCloses() > fewWaiting;
    if (shut) later();
    else pass(true);
  }

  return {
    check() {
      if (shut || kernel.waitingCloses() <= mostWaiting) return;
      shut = true;
      pass(false);
      later();
      if (told) return;
      told = true;
      warn(refusal);
    },
    joined(fd) {
      if (shut) kernel.passDescriptors(fd, false);
    },
  };
}
