/** An event daemon on the simulated kernel, which does what a test wants of it. */
import type { SimulatedClient, StreamSockets } from '../../src/linux/simulated/stream-sockets.ts';
import { systemPeer } from '../../src/linux/simulated/stream-sockets.ts';
import { EventdStore } from './eventd-store.ts';

export class FakeEventd {
  /** Outlives the daemon, as on a disk. */
  store = new EventdStore();
  /** It answers the greeting. */
  answers = true;
  /** Stores and acknowledges what comes at once. */
  eager = true;
  /** Ends when it has read so many bytes more. */
  diesAfter = Number.POSITIVE_INFINITY;
  /** Said in place of the answer to a greeting. */
  instead: string | null = null;
  connections = 0;
  /** Whose it is. */
  peer = systemPeer;
  readonly #streams: StreamSockets;
  readonly #path: string;
  #stop: (() => void) | null = null;
  #client: SimulatedClient | null = null;
  #partial = Buffer.alloc(0);

  constructor(streams: StreamSockets, path: string) {
    this.#streams = streams;
    this.#path = path;
  }

  get client(): SimulatedClient | null {
    return this.#client;
  }

  start(): void {
    this.#stop ??= this.#streams.serve(this.#path, (client) => this.#accepted(client), this.peer);
  }

  /** Kills it: what it has not stored is gone. */
  kill(): void {
    this.#stop?.();
    this.#stop = null;
    this.hangUp();
  }

  hangUp(): void {
    this.#client?.close();
    this.#client = null;
    this.#partial = Buffer.alloc(0);
    this.store.forget();
  }

  /** As by SIGSTOP and SIGCONT. */
  set stopped(on: boolean) {
    if (this.#client !== null) this.#client.reading = !on;
  }

  say(text: string): void {
    this.#client?.send(text);
  }

  commit(most?: number): void {
    this.store.commit(most);
    this.say(this.store.acknowledgement());
  }

  #accepted(client: SimulatedClient): void {
    if (this.#stop === null) return client.close();
    this.#client?.close();
    this.#client = client;
    this.#partial = Buffer.alloc(0);
    this.connections += 1;
    client.onChange = () => {
      if (this.#client === client) this.#read(client);
    };
  }

  #read(client: SimulatedClient): void {
    const bytes = client.take();
    this.#partial = Buffer.concat([this.#partial, bytes.subarray(0, this.diesAfter)]);
    this.diesAfter -= bytes.length;
    const end = this.#partial.lastIndexOf(10) + 1;
    const lines =
      end === 0
        ? []
        : this.#partial
            .subarray(0, end - 1)
            .toString()
            .split('\n');
    this.#partial = this.#partial.subarray(end);
    for (const line of lines)
      if (this.store.take(line).kind === 'hello' && this.answers) this.say(this.instead ?? this.store.acknowledgement());
    if (this.diesAfter <= 0) {
      this.diesAfter = Number.POSITIVE_INFINITY;
      return this.kill();
    }
    if (this.eager && this.store.waiting > 0) this.commit();
    if (client.ended && this.eager) this.hangUp();
  }
}
