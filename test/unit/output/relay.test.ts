import t from 'tap';
import { createRelay } from '../../../src/output/relay.ts';
import { eventually, openRealRoom } from '../../support/real-room.ts';

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
    await eventually(() => relay.ring.lines().length === 8, 'all lines');
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
