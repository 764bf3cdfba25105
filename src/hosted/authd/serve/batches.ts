import type { TokenRequest } from '../../../../gen/authority/types.ts';
import { Directory } from '../../../authority/directory.ts';
import { giveEveryone } from '../../../authority/everyone.ts';
import type { IdRules } from '../../../authority/id-range.ts';
import { keptLines } from '../../../authority/kept-lines.ts';
import { Ledger } from '../../../authority/ledger.ts';
import type { LinuxUsers } from '../../../authority/linux-users.ts';
import type { Minted } from '../../../authority/mint.ts';
import { mint } from '../../../authority/mint.ts';
import type { AuthorityModel } from '../../../authority/model.ts';
import { withChanges } from '../../../authority/model.ts';
import { Refused } from '../../../authority/refused.ts';
import { messageOf } from '../../daemon/problem.ts';
import type { AuthorityRegistry } from '../registry.ts';
import type { UserFiles } from '../user-files.ts';

/**
 * Requests of all connections, in the order in which they came: those that came together are one batch. What a batch is given is written
 * down and named before its first answer. O-30.
 */
export interface Batches {
  /** `answer` is called once, after those of all requests before it. */
  add(request: TokenRequest | Refused, answer: (outcome: Minted | Refused) => void): void;
  /** Gives numbers and names to all accounts and groups that the registry has now; what can be done of it is done by then. */
  refresh(): Promise<void>;
}

export interface BatchOptions {
  readonly registry: AuthorityRegistry;
  readonly files: UserFiles;
  readonly rules: IdRules;
  /** What stands in the way of names; null: nothing. */
  onNames(problem: string | null): void;
  onGiven(model: AuthorityModel): void;
  warn(text: string): void;
}

interface Waiting {
  readonly request: TokenRequest | Refused;
  readonly answer: (outcome: Minted | Refused) => void;
}

const maxBatch = 4096;
/** PID 1 gives up after 5 s. */
const waitMs = 4_000;
/** Somebody else may write to the registry at the same time, but not again and again. */
const maxAttempts = 5;

const away = (): Refused => new Refused('BUSY', `the registry has not answered for ${waitMs / 1000} s; ask again`);

export function createBatches({ registry, files, rules, onNames, onGiven, warn }: BatchOptions): Batches {
  let queue: Waiting[] = [];
  let isWorking = false;
  let refreshing: PromiseWithResolvers<void> | null = null;
  let last: Directory | null = null;

  function directoryOf(model: AuthorityModel, users: LinuxUsers): Directory {
    if (last?.model !== model || last.users !== users) {
      last = new Directory(model, users);
      for (const { message } of last.unheld) warn(message);
    }
    return last;
  }

  async function name(directory: Directory): Promise<void> {
    onNames(await files.keep(keptLines(directory)));
    onGiven(directory.model);
  }

  function outcomeOf(directory: Directory, ledger: Ledger, request: TokenRequest | Refused): Minted | Refused {
    if (request instanceof Refused) return request;
    try {
      return mint(directory, ledger, rules, directory.resolve(request.identity), request.service ?? null);
    } catch (error) {
      if (error instanceof Refused) return error;
      warn(`internal error: ${error instanceof Error ? error.stack : String(error)}`);
      return new Refused('INTERNAL', `internal error: ${messageOf(error)}`);
    }
  }

  /** Numbers for what `ask` asks of the ledger, written down and named before its answer comes; or why there are none. */
  async function give<T>(ask: (directory: Directory, ledger: Ledger) => T): Promise<T | Refused> {
    for (let attempt = 0; attempt < maxAttempts; attempt++) {
      const model = await registry.model(waitMs);
      if (model === null) return away();
      const directory = directoryOf(model, files.read());
      const ledger = new Ledger(model, directory.users, rules);
      const answer = ask(directory, ledger);
      const { changes } = ledger;
      if (changes.length === 0) return answer;
      const written = await registry.commit(model, changes, waitMs);
      if (written === 'away') return away();
      if (written === 'changed') continue;
      if (written !== 'done') return new Refused('IDENTITY_BROKEN', `a number may not be written down: ${written.denied}`);
      const now = withChanges(model, changes);
      await name(directoryOf(now, directory.users));
      return answer;
    }
    return new Refused('BUSY', 'others write to the registry again and again; ask again');
  }

  async function outcomesOf(batch: readonly Waiting[]): Promise<readonly (Minted | Refused)[]> {
    const outcomes = await give((directory, ledger) => batch.map(({ request }) => outcomeOf(directory, ledger, request)));
    // One of them stands in the way of the others, and it cannot be told which.
    if (outcomes instanceof Refused && outcomes.code === 'IDENTITY_BROKEN' && batch.length > 1) {
      const half = Math.ceil(batch.length / 2);
      return [...(await outcomesOf(batch.slice(0, half))), ...(await outcomesOf(batch.slice(half)))];
    }
    return outcomes instanceof Refused ? batch.map(({ request }) => (request instanceof Refused ? request : outcomes)) : outcomes;
  }

  /** One that may not be written stands in the way of nobody else. */
  async function oneByOne(): Promise<void> {
    const model = await registry.model(0);
    if (model === null) return;
    for (const { key } of [...model.accounts.values(), ...model.groups.values()])
      await give((directory, ledger) => giveEveryone(directory, ledger, key));
  }

  async function everyone(): Promise<void> {
    const given = await give(giveEveryone);
    if (given instanceof Refused && given.code === 'IDENTITY_BROKEN') await oneByOne();
    const model = await registry.model(0);
    if (model !== null) await name(directoryOf(model, files.read()));
  }

  async function work(): Promise<void> {
    while (queue.length > 0 || refreshing !== null) {
      const batch = queue.slice(0, maxBatch);
      queue = queue.slice(maxBatch);
      const wish = refreshing;
      refreshing = null;
      let outcomes: readonly (Minted | Refused)[] = [];
      try {
        if (wish !== null) await everyone();
        if (batch.length > 0) outcomes = await outcomesOf(batch);
      } catch (error) {
        warn(`internal error: ${error instanceof Error ? error.stack : String(error)}`);
        const refused = new Refused('INTERNAL', `internal error: ${messageOf(error)}`);
        outcomes = batch.map(() => refused);
      }
      wish?.resolve();
      for (const [index, { answer }] of batch.entries()) answer(outcomes[index] ?? away());
    }
    isWorking = false;
  }

  function begin(): void {
    if (isWorking) return;
    isWorking = true;
    // What came in the same turn, and changes of the registry that were told before it, are there by then.
    setImmediate(() => void work());
  }

  return {
    add(request, answer) {
      queue.push({ request, answer });
      begin();
    },
    refresh() {
      refreshing ??= Promise.withResolvers<void>();
      begin();
      return refreshing.promise;
    },
  };
}
