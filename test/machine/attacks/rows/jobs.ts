import { setTimeout as pause } from 'node:timers/promises';
import { jobsSocketPath } from '../../../../clients/typescript/jobs.ts';
import type { Attack } from '../attack.ts';
import { attackMs, goOn, lines, open } from '../attack.ts';

const many = (count: number) => Promise.all(Array.from({ length: count }, () => open(jobsSocketPath)));

/** On the socket of ad-hoc jobs. */
export const jobs: readonly Attack[] = [
  {
    what: 'asks for jobs that it may not have, twenty at once, again and again',
    who: 'ordinary user',
    run: () =>
      goOn(async () => {
        for (const socket of await many(20)) {
          socket?.end(lines({ image_path: '/bin/true' }));
          socket?.resume();
        }
        await pause(2);
      }),
  },
  {
    what: 'connects to the socket of jobs all the time and says nothing',
    who: 'ordinary user',
    run: () =>
      goOn(async () => {
        await many(50);
        await pause(10);
      }),
  },
  {
    what: 'has twelve jobs write without end, and never reads',
    who: 'root',
    async run() {
      for (const socket of await many(12)) {
        socket?.pause();
        socket?.write(lines({ image_path: '/bin/sh', arguments: ['-c', 'yes to all of it'], timeout: attackMs / 1000 }));
      }
      await pause(attackMs);
    },
  },
  {
    what: 'has jobs run and leaves before they end, eight at once, again and again',
    who: 'root',
    run: () =>
      goOn(async () => {
        for (const socket of await many(8)) {
          socket?.write(lines({ image_path: '/bin/true' }));
          socket?.once('data', () => socket.destroy());
        }
        await pause(20);
      }),
  },
];
