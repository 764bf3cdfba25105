import t from 'tap';
import { cannotRun, project, standInRuntime, start } from './sandbox.ts';

/** What a quiet machine must reach; tests allow five times that. */
const firstLineMs = 35;

t.test(
  'the first line of JavaScript in PID 1 runs within 35 ms of the launcher (times five here), seeding apart',
  { skip: cannotRun },
  async (t) => {
    const runtime = standInRuntime(t);
    const script = 'fs.writeSync(1, String(process.hrtime.bigint()))';
    const flags = ['--disable-sigusr1', '--v8-pool-size=0', '--single-threaded-gc', '--max-semi-space-size=1', '-e', script];
    const elapsed: number[] = [];
    for (let run = 0; run < 5; run++) {
      const begin = process.hrtime.bigint();
      const words = ['--init', '/usr/lib/peinit/node', ...flags.map((flag) => `--init-arg=${flag}`)];
      const { stdout, status } = await start(t, ['--runtime', runtime, '--project', project, ...words]).ended;
      t.equal(status, 0);
      elapsed.push(Number(BigInt(stdout) - begin) / 1e6);
    }
    elapsed.sort((a, b) => a - b);
    t.comment(`launcher to first JavaScript: ${elapsed.map((ms) => ms.toFixed(1)).join(', ')} ms`);
    t.ok(elapsed[2]! < 5 * firstLineMs, `median ${elapsed[2]!.toFixed(1)} ms`);
  },
);
