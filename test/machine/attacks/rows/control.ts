import { setTimeout as pause } from 'node:timers/promises';
import { shell, withServices } from '../../../support/services.ts';
import type { Attack } from '../attack.ts';
import { attackMs, goOn, hitAndRun, lines, open, openMany } from '../attack.ts';

const idle = { ...shell('exec sleep 1000'), Readiness: 'Alive' };
const thousands = withServices(Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [`idle-${n}`, idle])));
const list = lines({ command: 'list' }, 10_000);
/** As long and as deep as a request may be. */
const heavy = lines({ command: 'status', service: 'plain', pad: Array.from({ length: 6000 }, () => ({ a: [] })) }, 20);

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
    what: 'sends 10 000 requests at once from 28 connections and leaves, 1000 services',
    who: 'ordinary user',
    registry: thousands,
    run: () =>
      goOn(async () => {
        await Promise.all(Array.from({ length: 28 }, () => hitAndRun(list)));
      }),
  },
  {
    what: 'asks for the list on ten connections and reads, each answer leaving 1000 records of what it may not see',
    who: 'ordinary user',
    registry: thousands,
    async run() {
      const asked = lines({ command: 'list' }, 100);
      const sockets = await openMany(10);
      for (const socket of sockets) socket.resume();
      await goOn(async () => {
        for (const socket of sockets) if (socket.writableLength === 0) socket.write(asked);
        await pause(5);
      });
    },
  },
  {
    what: 'sends the heaviest lines there are and never reads',
    who: 'ordinary user',
    async run() {
      for (const socket of await openMany(28)) {
        socket.pause();
        for (let count = 0; count < 5; count++) socket.write(heavy);
      }
      await pause(attackMs);
    },
  },
  {
    what: 'sends 10 000 requests for the list at once and leaves, again and again, 1000 services',
    who: 'root',
    registry: thousands,
    run: () => goOn(() => hitAndRun(list)),
  },
  {
    what: 'asks for the list on eight connections and never reads, 1000 services',
    who: 'root',
    registry: thousands,
    async run() {
      for (const socket of await openMany(8)) {
        socket.pause();
        socket.write(list);
      }
      await pause(attackMs);
    },
  },
  {
    what: 'has 1500 starts explained that look at paths, and leaves, again and again',
    who: 'root',
    registry: withServices({ looking: { ...idle, Conditions: ['file:/etc/passwd'] } }),
    run: () => goOn(() => hitAndRun(lines({ command: 'explain', service: 'looking' }, 1500))),
  },
  {
    what: 'starts a service that fails again and again, thousands of times, and leaves',
    who: 'root',
    registry: withServices({ refused: { ...idle, Asserts: ['registry:Machine\\System\\Nowhere'] } }),
    run: () => goOn(() => hitAndRun(lines({ command: 'start', service: 'refused' }, 2000))),
  },
];
