import { protocolVersion } from '../../gen/control/facts.ts';
import type { CallOptions } from './call-options.ts';
import { checkedReading } from './checked-reading.ts';
import { ProtocolError } from './errors.ts';
import { ControlClient } from './generated/client.ts';
import type { ControlCommands, OutputRequest, ProtocolVersion, ServiceOutput } from './generated/control.ts';
import { controlSocket } from './generated/shapes.ts';
import type { ConnectOptions } from './open-socket.ts';
import { heldOutput as held } from './output.ts';
import type { ControlTransport } from './transport.ts';
import { connectControl } from './transport.ts';

/** What each of these connections takes. */
export interface OpenOptions extends ConnectOptions {
  /** The socket; the usual one when left out. */
  readonly path?: string | undefined;
  /** Of calls that have none of their own; without, they wait for as long as it takes. */
  readonly timeoutMs?: number | undefined;
}

export interface ControlOpenOptions extends OpenOptions {
  /** After it has ended the next call makes another one; true when left out. No request that may have been read is sent again. */
  readonly reconnects?: boolean | undefined;
}

/** What comes of comparing the protocol that this library speaks with that of the daemon; both have the same major version. */
export interface ProtocolCheck {
  /** `newer`: what the daemon has beyond this library is passed over; `older`: it may refuse some commands and pass over some members. */
  readonly daemonIs: 'same' | 'newer' | 'older';
  readonly daemon: ProtocolVersion;
  readonly library: ProtocolVersion;
}

/**
 * A connection to the control socket. Calls may be made without waiting for each other. `subscribe` and `follow` take the connection for
 * themselves until they are left; a reader that is slower than what comes is told how much it lost.
 */
export class Control extends ControlClient<ControlCommands> {
  readonly #transport: ControlTransport;

  constructor(transport: ControlTransport) {
    super(transport);
    this.#transport = transport;
  }

  /**
   * Asks machine-status, and compares the versions. Throws a ProtocolError where they have another major version, or the daemon tells none:
   * it is older than all that have one.
   */
  async checkProtocol(options: CallOptions = {}): Promise<ProtocolCheck> {
    const { protocol: daemon } = await this.machineStatus({}, options);
    const library = protocolVersion;
    if (daemon.major !== library.major) {
      const [expected, received] = [`${library.major}.x`, `${daemon.major}.${daemon.minor}`];
      throw new ProtocolError(
        `peinit speaks version ${received} of the protocol, and this library ${expected}`,
        'protocol',
        expected,
        received,
      );
    }
    const daemonIs = daemon.minor === library.minor ? 'same' : daemon.minor > library.minor ? 'newer' : 'older';
    return { daemonIs, daemon, library };
  }

  /** Ends the connection; calls without an answer are rejected. */
  close(): void {
    this.#transport.close();
  }
}

/**
 * Connects to the control socket; tries again for 5 s (`patienceMs`) where it has no place, and with `isAwaited` where it is not there yet.
 * Rejects with a ConnectionError that says what to do.
 */
export async function openControl({ path, ...options }: ControlOpenOptions = {}): Promise<Control> {
  return new Control(await connectControl(path, { reconnects: true, reading: checkedReading(controlSocket), ...options }));
}

/** Latest lines of services, as far as process 1 holds them: all parts of the answer to `output`, one service after the other. */
export const heldOutput = (client: Pick<Control, 'output'>, request: Omit<OutputRequest, 'after'> = {}): AsyncGenerator<ServiceOutput> =>
  held(client, request);
