/** Clients of a random machine: polite, hasty, slow, rude. Whatever they do, each accepted request is answered once and in order. */

import { commandNames, errorCodes } from '../../../gen/control/facts.ts';
import type { Random } from '../../../src/linux/simulated/random.ts';
import type { SimulatedClient } from '../../../src/linux/simulated/stream-sockets.ts';
import { systemPeer } from '../../../src/linux/simulated/stream-sockets.ts';
import { isEventLine } from '../../support/event-lines.ts';
import type { Answer, Scene } from '../../support/simulated-peinit.ts';

interface Request {
  readonly command: string;
  readonly service?: string;
  readonly operation_id?: string;
  readonly wait?: boolean;
}

/** What was sent and is not answered yet; null: a line that is no request, for which there is an error. */
type Pending = Request | null;

export interface Clients {
  /** Some client does something. */
  act(): void;
  /** Nobody waits any more, apart from those that hung up. */
  readonly waiting: number;
  /** Those that have stopped reading read again. */
  resume(): void;
  /** All of them hang up. */
  leave(): void;
  /** Requests that were answered. */
  readonly answered: number;
  /** Kinds of answers by command, so that a test can see that the run meant something. */
  readonly seen: ReadonlySet<string>;
}

const nowhere = '01900000-0000-7000-8000-000000000000';
const badLines = [
  '{',
  '[]',
  '"list"',
  '{"command":1}',
  '{"command":"dance"}',
  '{"command":"start"}',
  '{"command":"start","service":7}',
  '{"command":"list","command":"list"}',
  '\u0000',
  '{"command":"stop","service":"s1","wait":"yes"}',
];
const serviceCommands = ['start', 'stop', 'restart', 'reload', 'reset', 'status'] as const;

export interface ClientRules {
  /** No connection may be closed before all is answered. */
  readonly patient: boolean;
  readonly fail: (what: string) => void;
}

export function createClients(scene: Scene, random: Random, serviceCount: number, { patient, fail }: ClientRules): Clients {
  const open: RandomClient[] = [];
  const operations: string[] = [nowhere];
  const seen = new Set<string>();
  let answered = 0;

  function randomRequest(): Request {
    const service = `${random.chance(0.1) ? 'S' : 's'}${random.below(serviceCount + 1)}`;
    const dice = random.next();
    if (dice < 0.75) {
      const command = serviceCommands[random.below(serviceCommands.length)] as string;
      return { command, service, ...(command !== 'status' && random.chance(0.5) ? { wait: random.chance(0.7) } : {}) };
    }
    if (dice < 0.82) return { command: 'list' };
    if (dice < 0.9) return { command: 'operation-status', operation_id: operations[random.below(operations.length)] as string };
    if (dice < 0.95) return { command: 'machine-status', wait: random.chance(0.5) };
    return { command: 'reload-config' };
  }

  class RandomClient {
    readonly #stream: SimulatedClient;
    readonly #pending: Pending[] = [];
    #gone = false;
    /** The connection may be closed by the other side: for what it sent. */
    #doomed = false;
    #streaming = false;
    #activeAt = scene.nowMs;

    constructor(stream: SimulatedClient) {
      this.#stream = stream;
      stream.onChange = () => this.#received();
    }

    get waiting(): boolean {
      return !this.#gone && !this.#doomed && !this.#streaming && this.#pending.length > 0;
    }

    get over(): boolean {
      return this.#gone;
    }

    resume(): void {
      this.#stream.reading = true;
    }

    act(): void {
      if (!this.#stream.reading) return this.resume();
      // Before the server loses its patience.
      if (scene.nowMs - this.#activeAt > 20_000 && this.#pending.length === 0) return this.leave();
      const dice = random.next();
      if (dice < 0.03 || this.#doomed) return this.leave();
      if (this.#streaming) return;
      if (dice < 0.35) return this.#say(randomRequest());
      if (dice < 0.5) for (let count = random.below(8); count >= 0; count--) this.#say(randomRequest());
      else if (dice < 0.6) this.#bytewise(randomRequest());
      else if (dice < 0.65) this.#bad();
      else if (dice < 0.7) this.#stream.reading = false;
      else if (dice < 0.72 && this.#pending.length === 0) this.#subscribe();
      else if (dice < 0.75) {
        // What it asked for is done all the same.
        this.#say(randomRequest());
        this.leave();
      }
    }

    leave(): void {
      this.#gone = true;
      this.#stream.close();
    }

    #say(request: Request): void {
      this.#pending.push(request);
      this.#stream.send(`${JSON.stringify(request)}\n`);
    }

    #bytewise(request: Request): void {
      this.#pending.push(request);
      for (const byte of Buffer.from(`${JSON.stringify(request)}\n`)) this.#stream.send(Uint8Array.of(byte));
    }

    #bad(): void {
      const dice = random.next();
      if (dice < 0.85) {
        this.#pending.push(null);
        this.#stream.send(`${badLines[random.below(badLines.length)]}\n`);
        return;
      }
      this.#doomed = true;
      this.#stream.send(dice < 0.95 ? '\n' : `${'x'.repeat(70_000)}\n`);
    }

    #subscribe(): void {
      this.#streaming = true;
      this.#stream.send('{"command":"subscribe"}\n');
    }

    #received(): void {
      if (this.#gone) return;
      this.#activeAt = scene.nowMs;
      for (const line of this.#stream.takeLines()) this.#line(line);
      if (!this.#stream.ended) return;
      if (patient && this.waiting && !scene.composed.policy.machine().shuttingDown)
        fail(`a connection was closed with ${JSON.stringify(this.#pending)} unanswered`);
      this.leave();
    }

    #line(line: string): void {
      let answer: Answer;
      try {
        answer = JSON.parse(line) as Answer;
      } catch {
        return fail(`an answer is no JSON: ${line}`);
      }
      if (this.#streaming) {
        if (answer['kind'] === 'event' && !isEventLine(answer)) fail(`an event that the schema does not have: ${line}`);
        return;
      }
      const request = this.#pending.shift();
      if (request === undefined) {
        if (!this.#doomed) fail(`an answer to nothing: ${line}`);
        return;
      }
      answered += 1;
      const problem = mismatch(request, answer);
      if (problem !== null) fail(`${problem}: ${JSON.stringify(request)} was answered by ${line}`);
      seen.add(`${request?.command ?? 'no request'} ${answer['code'] ?? answer['state'] ?? 'ok'}`);
      if (typeof answer['operation_id'] === 'string') operations.push(answer['operation_id']);
    }
  }

  return {
    act() {
      for (let at = open.length - 1; at >= 0; at--) if (open[at]?.over === true) open.splice(at, 1);
      const client = open[random.below(Math.max(open.length, 1))];
      if (client === undefined || (open.length < 12 && random.chance(0.2))) {
        const stream = scene.streams.connect('/run/peinit/control.sock', systemPeer);
        if (stream !== null) open.push(new RandomClient(stream));
      } else client.act();
    },
    get waiting() {
      return open.filter((client) => client.waiting).length;
    },
    resume() {
      for (const client of open) client.resume();
    },
    leave() {
      for (const client of open) client.leave();
      open.length = 0;
    },
    get answered() {
      return answered;
    },
    seen,
  };
}

/** Why this cannot be the answer to that; null: it can. */
function mismatch(request: Pending, answer: Answer): string | null {
  if (answer['status'] === 'error') {
    if (!(answer['code'] in errorCodes) || typeof answer['message'] !== 'string' || answer['message'] === '') return 'no proper error';
    if (answer['code'] === 'INTERNAL_ERROR' && request?.command !== 'reload-config') return 'something failed inside';
    return null;
  }
  if (answer['status'] !== 'ok') return 'neither ok nor error';
  if (request === null) return 'what is no request was served';
  if (!commandNames.some((name) => name === request.command)) return 'an unknown command was served';
  if (request.service !== undefined)
    return String(answer['service']).toLowerCase() === request.service.toLowerCase() && 'state' in answer ? null : 'another service';
  switch (request.command) {
    case 'list':
      return Array.isArray(answer['services']) ? null : 'no list';
    case 'operation-status':
      return answer['operation']?.id === request.operation_id ? null : 'another operation';
    case 'machine-status':
      return request.wait === true && answer['phase'] === 'booting' ? 'it did not wait' : 'phase' in answer ? null : 'no phase';
    default:
      return 'summary' in answer ? null : 'no summary';
  }
}
