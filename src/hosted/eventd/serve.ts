import { resolve } from 'node:path';
import { ownHeap } from '../../linux/heap-keeper.ts';
import { createIdentityReader } from '../daemon/identities.ts';
import { serveUntilTerminated } from '../daemon/process.ts';
import { RareLines } from '../daemon/rare-lines.ts';
import type { Configuration } from './configuration.ts';
import { unreadConfiguration } from './configuration.ts';
import { tellConsole } from './console.ts';
import type { ServeOptions } from './options.ts';
import { program } from './program.ts';
import { watchConfiguration } from './registry.ts';
import { createHandlers } from './serve/handlers.ts';
import { Intake } from './serve/intake.ts';
import { startLogSocket } from './serve/log-socket.ts';
import { MovableSocket } from './serve/movable.ts';
import { startQuerySocket } from './serve/query-socket.ts';
import { Questions } from './serve/session.ts';
import { Slices } from './serve/slices.ts';
import { Status } from './status.ts';
import type { Replaced } from './store/event-store.ts';
import { EventStore } from './store/event-store.ts';
import type { Limits } from './store/model.ts';
import { Upkeep } from './upkeep.ts';

/** The registry answers at once where it can. Without it the defaults hold until it does. */
const firstReadMs = 2_000;
/** A little more than process 1 takes to say what is still to come when the daemon is told to end. */
const lastWordsMs = 3_000;
/** Records are told to who follows so soon. */
const followMs = 10;

const warn = (text: string): void => console.error(`eventd: ${text}`);

const limitsOf = ({ maxSize, maxAge }: Configuration): Limits => ({
  maxBytes: maxSize * 1_048_576,
  maxAgeSeconds: maxAge === 0 ? null : maxAge * 86_400,
});

const replacedText = ({ path, finding }: Replaced): string =>
  `the database was damaged (${finding}): it is kept as ${path}, and a new one is begun`;

/** Serves until it is told to end; the answer is the exit status. Throws Problem. */
export function serve(options: ServeOptions): Promise<number> {
  return serveUntilTerminated(program.name, async (shim, tell) => {
    let configuration = unreadConfiguration;
    const rare = new RareLines(warn);
    const peerOf = createIdentityReader(shim, warn);
    const store = EventStore.open({
      directory: resolve(options.store),
      limits: limitsOf(configuration),
      onReplaced(replaced) {
        warn(replacedText(replaced));
        tellConsole(`eventd: ${replacedText(replaced)}`);
      },
    });
    const status = new Status({ storage: () => store.storage(), tell });
    const slices = new Slices();
    const questions = new Questions();
    const upkeep = new Upkeep(store, slices, ownHeap(shim));
    let followers: NodeJS.Timeout | null = null;

    const intake = new Intake({
      store,
      onStored() {
        status.changed();
        upkeep.due();
        if (questions.count > 0) followers ??= setTimeout(tellFollowers, followMs);
      },
      onProblem(problem) {
        if (status.setProblem(problem))
          warn(problem === null ? 'records are stored again' : `records cannot be stored: ${problem}; tried again until they can`);
      },
      warn: (text) => rare.tell('records', text),
    });

    function tellFollowers(): void {
      followers = null;
      questions.stored();
    }

    const logSocket = new MovableSocket(
      (path) => startLogSocket({ path, peerOf, intake, warn: (text) => rare.tell('log socket', text) }),
      warn,
    );
    const handlers = createHandlers({ store, slices, problem: () => status.problem, currentBoot: () => intake.bootId });
    const querySocket = new MovableSocket(
      (path) => startQuerySocket({ path, peerOf, access: () => configuration.access, handlers, questions, warn }),
      warn,
    );

    const pathsOf = ({ logSocketPath, querySocketPath }: Configuration) => ({
      log: options.logSocket ?? logSocketPath,
      query: options.querySocket ?? querySocketPath,
    });

    const source = watchConfiguration({
      socket: options.registrySocket,
      onRead(read) {
        configuration = read;
        store.setLimits(limitsOf(read));
        logSocket.move(pathsOf(read).log);
        querySocket.move(pathsOf(read).query);
        questions.renew();
        upkeep.due();
      },
      warn,
    });
    await source.whenRead(firstReadMs);
    await querySocket.begin(pathsOf(configuration).query);
    await logSocket.begin(pathsOf(configuration).log);
    return {
      ready: () => status.tell(),
      async close() {
        await intake.lastWords(lastWordsMs);
        await logSocket.close();
        intake.close();
        await querySocket.close();
        source.close();
        status.close();
        upkeep.close();
        slices.close();
        if (followers !== null) clearTimeout(followers);
        store.close();
      },
    };
  });
}
