import { setTimeout as pause } from 'node:timers/promises';
import type { Attack } from '../attack.ts';
import { goOn, lines, openMany } from '../attack.ts';

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
];
