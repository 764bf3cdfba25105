import { setTimeout as pause } from 'node:timers/promises';
import { shell, withServices } from '../../../support/services.ts';
import type { Attack } from '../attack.ts';
import { attackMs, goOn, hitAndRun, lines, open, openMany } from '../attack.ts';

const idle = { ...shell('exec sleep 1000'), Readiness: 'Alive' };

/** On the control socket. */
export const control: readonly Attack[] = [
  {
    what: 'connects ten times at once, asks, and leaves, again and again',
    who: 'ordinary user',
    run: () =>
      goOn(async () => {
        for (const socket of await openMany(10)) {
          socket.end(lines({ command: 'status', service: 'plain' }));
          socket.resume();
        }
        await pause(5);
      }),
  },
  {
    what: 'subscribes on 100 connections and stays',
    who: 'ordinary user',
    async run() {
      for (const socket of await openMany(100)) socket.write(lines({ command: 'subscribe' }));
      await pause(attackMs);
    },
  },
  {
    what: 'connects all the time and keeps what it gets',
    who: 'ordinary user',
    async run() {
      await goOn(async () => {
        await Promise.all(Array.from({ length: 50 }, () => open()));
        await pause(10);
      });
    },
  },
  {
    what: 'has 1500 starts explained that look at paths, and leaves, again and again',
    who: 'root',
    registry: withServices({ looking: { ...idle, Conditions: ['file:/etc/passwd'] } }),
    run: () => goOn(() => hitAndRun(lines({ command: 'explain', service: 'looking' }, 1500))),
  },
];
