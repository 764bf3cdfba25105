import { mkdirSync, renameSync, rmSync, unlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Test } from 'tap';
import t from 'tap';
import type { Kernel } from '../../../src/kernel/kernel.ts';
import { createListener } from '../../../src/wire/listener.ts';
import { createSocketKeeper } from '../../../src/wire/socket-keeper.ts';
import { matchEach } from '../../support/lists.ts';
import { openRealRoom } from '../../support/real-room.ts';
import { until } from '../../support/wait.ts';

/** A listener that is kept, in a directory of its own. */
function keep(t: Test, change: Partial<Kernel> = {}) {
  const room = openRealRoom(t);
  const kernel: Kernel = { ...room.kernel, ...change };
  const directory = join(room.directory, 'sockets');
  mkdirSync(directory);
  const path = join(directory, 'l.sock');
  const told: string[] = [];
  const taken: number[] = [];
  const listener = createListener({ kernel, loop: room.loop, path, mode: 0o600, accepted: (fd) => taken.push(fd) > 0 });
  const keeper = createSocketKeeper({ kernel, loop: room.loop, warn: (text) => told.push(text.replaceAll(directory, '/s')) });
  t.equal(keeper.open({ name: 'the socket', path, ...listener }), 0);
  t.teardown(() => {
    keeper.close();
    listener.close();
    for (const fd of taken) room.kernel.close(fd);
  });
  const answers = (): Promise<boolean> =>
    new Promise((resolve) => {
      const socket = connect(path, () => {
        socket.destroy();
        resolve(true);
      }).on('error', () => resolve(false));
    });
  return { ...room, kernel, directory, path, told, taken, answers };
}

const again = 'the socket /s/l.sock had vanished and is bound again';

for (const [how, take] of [
  ['is removed', ({ path }) => unlinkSync(path)],
  ['is moved away', ({ path }) => renameSync(path, `${path}.old`)],
  [
    'is replaced by the socket of another',
    ({ path, directory, kernel }) => {
      kernel.close(kernel.listenStream(`${directory}/other`, 0o600, 1));
      renameSync(`${directory}/other`, path);
    },
  ],
  ['goes with its directory', ({ directory }) => rmSync(directory, { recursive: true })],
  [
    'goes with its directory, in whose place comes another one',
    ({ directory }) => {
      renameSync(directory, `${directory}.old`);
      mkdirSync(directory);
    },
  ],
] as const satisfies readonly (readonly [string, (scene: ReturnType<typeof keep>) => void])[])
  t.test(`a socket that ${how} is bound again, and the console says so`, async (t) => {
    const scene = keep(t);
    t.equal(await scene.answers(), true);
    take(scene);
    await until('it is said', () => scene.told.length > 0);
    t.strictSame(scene.told, [again]);
    t.equal(await scene.answers(), true);
  });

t.test('a socket that vanishes again and again is bound once a second', async (t) => {
  const scene = keep(t);
  const begun = performance.now();
  for (const count of [1, 2]) {
    unlinkSync(scene.path);
    await until('it is said', () => scene.told.length === count);
  }
  t.ok(performance.now() - begun >= 900);
  t.equal(await scene.answers(), true);
});

t.test('one that cannot be bound again is tried until it can, and that is said once', async (t) => {
  const scene = keep(t);
  unlinkSync(scene.path);
  mkdirSync(scene.path);
  await until('it is said', () => scene.told.length > 0);
  t.match(scene.told[0], /^the socket \/s\/l\.sock has vanished and cannot be bound again: EEXIST .*; tried again every second$/);
  rmSync(scene.path, { recursive: true });
  await until('it is back', () => scene.told.length > 1);
  t.equal(scene.told[1], again);
  t.equal(await scene.answers(), true);
});

t.test('where a directory cannot be watched that is said, and tried again', async (t) => {
  let refusals = 1;
  const { kernel } = openRealRoom(t);
  const scene = keep(t, { watchVanishing: (directory) => (refusals-- > 0 ? -24 : kernel.watchVanishing(directory)) });
  matchEach(t, scene.told.splice(0), [/^\/s cannot be watched for the socket: EMFILE/]);
  await until('it is watched', () => refusals < 0);
  unlinkSync(scene.path);
  await until('it is said', () => scene.told.length > 0);
  t.strictSame(scene.told, [again]);
});
