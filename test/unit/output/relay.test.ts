import t from 'tap';
import { calm, createSimulatedKernel } from '../../../src/linux/simulated/simulated-kernel.ts';
import { createSimulatedLoop } from '../../../src/linux/simulated/simulated-loop.ts';
import type { OutputRing, Writer } from '../../../src/output/output-ring.ts';
import type { Flow } from '../../../src/output/pipe-turns.ts';
import type { Relay } from '../../../src/output/relay.ts';
import { createRelay } from '../../../src/output/relay.ts';
import { openRealRoom } from '../../support/real-room.ts';
import { until } from '../../support/wait.ts';

interface Line {
  readonly writer: Writer;
  readonly at: bigint;
  readonly id: number;
  readonly text: string;
}

/** All that the ring holds, as lines; it counts as sent. */
function linesOf(ring: OutputRing): readonly Line[] {
  const lines: Line[] = [];
  ring.rewind();
  for (let burst = ring.next(); burst !== null; burst = ring.next()) {
    const { writer, at, firstId, bytes } = burst;
    const texts = new TextDecoder().decode(bytes).split('\n').slice(0, -1);
    lines.push(...texts.map((text, index) => ({ writer, at, id: firstId + index, text })));
    ring.sent();
  }
  return lines;
}

const textsOf = (ring: OutputRing): readonly string[] => linesOf(ring).map(({ text }) => text);

t.test(
  'JOB-009 LOG-002 each line carries its service, its stream, the time it was read at, and the id of the run that wrote it',
  async (t) => {
    const { kernel, loop } = openRealRoom(t);
    const web = { service: 'web', part: null, index: null };
    const relay = createRelay({
      kernel,
      loop,
      maxLineLength: () => 100,
      maxUnsentBytes: () => 65536,
      flow: () => 'free',
      added: () => undefined,
      shown: null,
    });
    const before = kernel.realtimeNs();
    const runs = ['first', 'second'].map((job) => {
      const [stdout, stderr] = [kernel.pipe({ nonblockingRead: true }), kernel.pipe({ nonblockingRead: true })];
      if (typeof stdout === 'number' || typeof stderr === 'number') throw new Error('pipe');
      relay.attach(web, job, stdout[0], stderr[0]);
      return {
        job,
        say(stream: 'out' | 'error', text: string) {
          kernel.write(stream === 'out' ? stdout[1] : stderr[1], Buffer.from(text), 0, text.length);
        },
        end() {
          for (const fd of [stdout[1], stderr[1]]) kernel.close(fd);
        },
      };
    });
    // The runs write in turn, and in pieces that are no lines.
    for (const piece of ['one\ntw', 'o\n', 'thr']) for (const run of runs) run.say('out', `${run.job} ${piece}`);
    for (const run of runs) run.say('error', `${run.job} complains\n`);
    for (const run of runs) run.end();
    await until('all lines', () => relay.ring.lastId === 8);
    const lines = linesOf(relay.ring);
    for (const { job } of runs) {
      const own = lines.filter(({ writer }) => writer.job === job);
      const written = (isError: boolean): string[] => own.filter(({ writer }) => writer.isError === isError).map(({ text }) => text);
      t.same(written(false), [`${job} one`, `tw${job} o`, `${job} thr`], 'a last line without a newline counts');
      t.same(written(true), [`${job} complains`]);
      t.ok(own.every(({ writer, at }) => writer.origin === web && at >= before && at <= kernel.realtimeNs()));
    }
  },
);

interface Pipes {
  say(text: string, isError?: boolean): void;
  close(): void;
}

interface Room {
  readonly relay: Relay;
  readonly loop: ReturnType<typeof createSimulatedLoop>;
  flow: Flow;
  attach(service: string, job?: string): Pipes;
}

function openRoom(t: { fail(message: string): unknown }, settings: { readonly unsent?: number; readonly line?: number } = {}): Room {
  const { kernel, world } = createSimulatedKernel({ seed: 1, faults: [], disturbance: calm });
  const loop = createSimulatedLoop(world, (error) => t.fail(String(error)));
  const room: Room = {
    loop,
    flow: 'free',
    relay: createRelay({
      kernel,
      loop,
      maxLineLength: () => settings.line ?? 8192,
      maxUnsentBytes: () => settings.unsent ?? 65536,
      flow: () => room.flow,
      added: () => undefined,
      shown: null,
    }),
    attach(service, job = service) {
      const ends = [kernel.pipe({ nonblockingRead: true }), kernel.pipe({ nonblockingRead: true })].map((pipe) => {
        if (typeof pipe === 'number') throw new Error('pipe');
        return pipe;
      });
      const [out, error] = ends as [readonly [number, number], readonly [number, number]];
      room.relay.attach({ service, part: null, index: null }, job, out[0], error[0]);
      return {
        say(text, isError = false) {
          const bytes = Buffer.from(text);
          const written = kernel.write(isError ? error[1] : out[1], bytes, 0, bytes.length);
          if (written !== bytes.length) throw new Error(`${written} of ${bytes.length} bytes fit`);
        },
        close() {
          for (const [, end] of [out, error]) kernel.close(end);
        },
      };
    },
  };
  return room;
}

t.test('LOG-005 LOG-007 one megabyte of the output of all services together is kept, the latest lines of it', async (t) => {
  const { relay, loop, attach } = openRoom(t);
  const services = ['one', 'other'].map((service) => attach(service));
  for (let line = 0; line < 2000; line++) {
    services[line % 2]?.say(`${String(line).padEnd(999, 'y')}\n`);
    loop.runFor(1);
  }
  const lines = linesOf(relay.ring);
  t.equal(relay.ring.lastId, 2000);
  const kept = lines.reduce((sum, { text }) => sum + text.length, 0);
  t.ok(kept <= 1_048_576 && kept > 900_000, `${kept} bytes`);
  const numbers = lines.map((_line, at) => 2000 - lines.length + at);
  t.strictSame(
    lines.map(({ text, id }) => [Number.parseInt(text, 10), id]),
    numbers.map((number) => [number, number + 1]),
  );
});

t.test('LOG-002 lines of both streams that are written in different turns stay in the order in which they came', async (t) => {
  const { relay, loop, attach } = openRoom(t);
  const web = attach('web');
  const said = Array.from({ length: 50 }, (_, index) => `${index}`);
  for (const [index, text] of said.entries()) {
    web.say(`${text}\n`, index % 3 === 0);
    loop.runFor(1);
  }
  t.strictSame(textsOf(relay.ring), said);
});

t.test(
  'LOG-010 LOG-013 a turn reads a bounded number of bytes of all pipes together, and who was not reached is first in the next',
  async (t) => {
    const { relay, loop, attach } = openRoom(t);
    const services = Array.from({ length: 60 }, (_, index) => attach(`service-${index}`));
    const line = `${'x'.repeat(999)}\n`;
    for (const service of services) service.say(line.repeat(60));
    const perTurn: number[] = [];
    const order: string[] = [];
    for (let last = 0; last < 60 * 60; last = relay.ring.lastId) {
      if (!loop.step()) return void t.fail('nothing happens any more');
      if (relay.ring.lastId > last) perTurn.push(relay.ring.lastId - last);
      order.push(...linesOf(relay.ring).flatMap(({ writer, id }) => (id > last ? [writer.origin.service] : [])));
    }
    t.ok(Math.max(...perTurn) <= 1120 && perTurn.length >= 4, perTurn.join(' '));
    t.ok(order.length > 55 * 60, 'what a turn brings is in the ring');
    t.equal(new Set(order).size, order.filter((service, at) => service !== order[at - 1]).length, 'each one was read once');
  },
);

t.test('LOG-009 LOG-011 a pipe pauses while as much of it waits as may, and goes on when some was sent; others are read', async (t) => {
  const room = openRoom(t, { unsent: 8192 });
  const { relay, loop } = room;
  room.flow = 'bounded';
  const [loud, quiet] = [room.attach('loud'), room.attach('quiet')];
  const line = `${'x'.repeat(1023)}\n`;
  loud.say(line.repeat(30));
  loop.runFor(10);
  const unsent = (service: string): number => {
    const writer = writers.get(service);
    return writer === undefined ? 0 : relay.ring.unsentBytesOf(writer);
  };
  const writers = new Map<string, Writer>();
  const next = (): string => {
    const burst = relay.ring.next();
    if (burst === null) return 'none';
    writers.set(burst.writer.origin.service, burst.writer);
    return burst.writer.origin.service;
  };
  t.equal(next(), 'loud');
  t.equal(unsent('loud'), 8192);
  quiet.say('here\n');
  loop.runFor(10);
  t.equal(relay.ring.lastId, 9, 'the other one was read');
  t.equal(unsent('loud'), 8192);
  relay.goOn();
  loop.runFor(10);
  t.equal(unsent('loud'), 8192, 'nothing was sent');
  relay.ring.sent();
  relay.goOn();
  loop.runFor(10);
  t.equal(unsent('loud'), 8192, 'as much again');
  room.flow = 'free';
  relay.goOn();
  loop.runFor(10);
  t.equal(relay.ring.lastId, 31, 'nobody takes it any more, and nothing waits');
  t.strictSame(
    linesOf(relay.ring).map(({ id }) => id),
    Array.from({ length: 31 }, (_, at) => at + 1),
  );
});

t.test('LOG-009 the unfinished line alone never pauses a pipe', async (t) => {
  const room = openRoom(t, { unsent: 4096, line: 8192 });
  room.flow = 'bounded';
  const web = room.attach('web');
  for (let written = 0; written < 40_000; written += 8000) {
    web.say('x'.repeat(8000));
    room.loop.runFor(10);
  }
  web.say('\nnext\n');
  room.loop.runFor(10);
  t.strictSame(textsOf(room.relay.ring), [`${'x'.repeat(8181)}[truncated]`, 'next']);
});

t.test('LOG-012 LOG-015 all pipes pause at three quarters of the ring, nothing is lost, and each goes on in its turn', async (t) => {
  const room = openRoom(t);
  const { relay, loop } = room;
  room.flow = 'bounded';
  const services = Array.from({ length: 24 }, (_, index) => room.attach(`service-${index}`));
  const line = `${'x'.repeat(999)}\n`;
  for (const service of services) service.say(line.repeat(60));
  loop.runFor(100);
  t.ok(relay.ring.heldBytes >= 786_432 && relay.ring.heldBytes < 917_504, `${relay.ring.heldBytes} bytes`);
  t.ok(relay.ring.lastId < 1000);
  const got: string[] = [];
  let id = 0;
  while (got.length < 24 * 60) {
    const burst = relay.ring.next();
    if (burst === null) return void t.fail(`${got.length} lines came`);
    if (burst.firstId !== id + 1) return void t.fail(`a gap before ${burst.firstId}`);
    id += burst.lines;
    got.push(...Array.from({ length: burst.lines }, () => burst.writer.origin.service));
    relay.ring.sent();
    relay.ring.acknowledge(id);
    relay.goOn();
    loop.runFor(10);
  }
  t.equal(new Set(got).size, got.filter((service, at) => service !== got[at - 1]).length, 'each one was read once');
});

t.test('LOG-008 LOG-012 what comes one byte at a time, and what stands there when the pipe is closed, is whole', async (t) => {
  const { relay, loop, attach } = openRoom(t);
  const web = attach('web');
  for (const byte of 'one\ntwo\nthr') {
    web.say(byte);
    loop.runFor(1);
  }
  t.strictSame(textsOf(relay.ring), ['one', 'two']);
  web.close();
  loop.runFor(1);
  t.strictSame(textsOf(relay.ring), ['one', 'two', 'thr']);
});

t.test('what holds the pipes of a service that is discarded is still read, and not shown as lines of that service', async (t) => {
  const { relay, loop, attach } = openRoom(t);
  const web = attach('web');
  web.say('before\n');
  loop.runFor(1);
  const shown = (): readonly string[] => relay.latest.of('web', { most: 10, jobs: null }).map(({ text }) => text);
  t.strictSame(shown(), ['before']);
  relay.onEffect({ kind: 'service-discarded', service: 'web', key: 'web' });
  web.say('after\n');
  loop.runFor(1);
  t.strictSame(shown(), []);
  t.equal(relay.latest.bytes, 0);
  t.strictSame(textsOf(relay.ring), ['before', 'after']);
});
