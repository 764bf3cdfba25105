/** Submitters of a random machine: they follow their jobs, leave them, stop reading, or say what is no request. Each job ends once. */
import { jobLineKindNames, submitErrorNames } from '../../../gen/jobs/types.ts';
import type { Random } from '../../../src/linux/simulated/random.ts';
import type { SimulatedClient } from '../../../src/linux/simulated/stream-sockets.ts';
import { systemPeer } from '../../../src/linux/simulated/stream-sockets.ts';
import type { Answer, Scene } from '../../support/simulated-peinit.ts';

export interface Submitters {
  /** Some submitter does something. */
  act(): void;
  /** All that still follow read again. */
  resume(): void;
  leave(): void;
  /** Jobs whose end was told. */
  readonly ended: number;
}

const socket = '/run/peinit/jfs.sock';
const badLines = ['{', '[]', '{"image_path":"none"}', '{"image_path":"/none"}', ''];

export function createSubmitters(scene: Scene, random: Random, paths: readonly string[], fail: (what: string) => void): Submitters {
  const open: Submitter[] = [];
  let ended = 0;

  class Submitter {
    readonly #stream: SimulatedClient;
    #phase: 'asked' | 'follows' | 'over' = 'asked';
    #isGood: boolean;

    constructor(stream: SimulatedClient) {
      this.#stream = stream;
      stream.onChange = () => this.#received();
      this.#isGood = random.chance(0.9);
      const timeout = random.below(3);
      const request = JSON.stringify({ image_path: paths[random.below(paths.length)], arguments: ['x'], timeout });
      stream.send(`${this.#isGood ? request : badLines[random.below(badLines.length)]}\n`);
    }

    get isOver(): boolean {
      return this.#phase === 'over';
    }

    act(): void {
      if (random.chance(0.2)) this.leave();
      else this.#stream.reading = random.chance(0.7);
    }

    resume(): void {
      this.#stream.reading = true;
    }

    leave(): void {
      this.#phase = 'over';
      this.#stream.close();
    }

    #received(): void {
      for (const line of this.#stream.takeLines()) if (!this.isOver) this.#line(line);
      if (this.#stream.ended) this.leave();
    }

    #line(text: string): void {
      const line = JSON.parse(text) as Answer;
      if (this.#phase === 'asked') {
        const isAnswer =
          line['status'] === 'ok' ? this.#isGood && 'job_id' in line : submitErrorNames.some((code) => code === line['code']);
        if (!isAnswer) fail(`a submitter was answered ${text}`);
        this.#phase = 'follows';
        return;
      }
      if (!jobLineKindNames.some((kind) => kind === line['kind'])) fail(`a submitter was told ${text}`);
      if (line['kind'] !== 'ended') return;
      ended += 1;
      this.leave();
    }
  }

  return {
    act() {
      for (let at = open.length - 1; at >= 0; at--) if (open[at]?.isOver === true) open.splice(at, 1);
      const one = open[random.below(Math.max(open.length, 1))];
      if (one !== undefined && (open.length >= 8 || random.chance(0.5))) return one.act();
      const stream = scene.streams.connect(socket, systemPeer);
      if (stream !== null) open.push(new Submitter(stream));
    },
    resume() {
      for (const one of open) one.resume();
    },
    leave() {
      for (const one of open.splice(0)) one.leave();
    },
    get ended() {
      return ended;
    },
  };
}
