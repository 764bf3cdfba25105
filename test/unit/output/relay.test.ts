import t from 'tap';
import { calm, createSimulatedKernel } from '../../../src/linux/simulated/simulated-kernel.ts';
import { createSimulatedLoop } from '../../../src/linux/simulated/simulated-loop.ts';
import { createRelay } from '../../../src/output/relay.ts';
import { openRealRoom } from '../../support/real-room.ts';
import { until } from '../../support/wait.ts';

t.test(
  'JOB-009 LOG-002 each line carries its service, its stream, the time it was read at, and the id of the run that wrote it',
  async (t) => {
    const { kernel, loop } = openRealRoom(t);
    const web = { service: 'web', part: null, index: null };
    const relay = createRelay(kernel, loop, () => 100);
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
    await until('all lines', () => relay.ring.lines().length === 8);
    const decoder = new TextDecoder();
    for (const { job } of runs) {
      const lines = relay.ring.lines().filter((line) => line.job === job);
      const written = (isError: boolean): string[] =>
        lines.filter((line) => line.isError === isError).map((line) => decoder.decode(line.text));
      t.same(written(false), [`${job} one`, `tw${job} o`, `${job} thr`], 'a last line without a newline counts');
      t.same(written(true), [`${job} complains`]);
      t.ok(lines.every(({ origin, at }) => origin === web && at >= before && at <= kernel.realtimeNs()));
    }
  },
);

t.test('LOG-005 one megabyte of the output of all services together is kept, the latest lines of it', async (t) => {
  const { kernel, world } = createSimulatedKernel({ seed: 1, faults: [], disturbance: calm });
  const loop = createSimulatedLoop(world, (error) => t.fail(String(error)));
  const relay = createRelay(kernel, loop, () => 8192);
  const [one, other] = ['one', 'other'].map((service) => {
    const [stdout, stderr] = [kernel.pipe({ nonblockingRead: true }), kernel.pipe({ nonblockingRead: true })];
    if (typeof stdout === 'number' || typeof stderr === 'number') throw new Error('pipe');
    relay.attach({ service, part: null, index: null }, service, stdout[0], stderr[0]);
    return stdout[1];
  });
  for (let line = 0; line < 2000; line++) {
    const text = Buffer.from(`${String(line).padEnd(999, 'y')}\n`);
    kernel.write((line % 2 === 0 ? one : other) ?? -1, text, 0, text.length);
    loop.runFor(1);
  }
  const lines = relay.ring.lines();
  t.equal(lines.length + relay.ring.dropped, 2000);
  const kept = lines.reduce((sum, { text }) => sum + text.length, 0);
  t.ok(kept <= 1_048_576 && kept > 900_000, `${kept} bytes`);
  t.strictSame(
    lines.map(({ text }) => Number.parseInt(new TextDecoder().decode(text), 10)),
    lines.map((_line, at) => 2000 - lines.length + at),
  );
});
