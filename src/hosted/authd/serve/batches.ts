import type { TokenRequest } from '../../../../gen/authority/types.ts';
import { Directory } from '../../../authority/directory.ts';
import type { IdRules } from '../../../authority/id-range.ts';
import { keptLines } from '../../../authority/kept-lines.ts';
import { Ledger } from '../../../authority/ledger.ts';
import type { LinuxUsers } from '../../../authority/linux-users.ts';
import type { Minted } from '../../../authority/mint.ts';
import { mint } from '../../../authority/mint.ts';
import type { AuthorityModel } from '../../../authority/model.ts';
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
  /** Names what the registry has, as it is now. */
  refresh(): void;
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
  let isToRefresh = false;
  let last: Directory | null = null;

  function directoryOf(model: AuthorityModel, users: LinuxUsers): Directory {
    if (last?.model !== model || last.users !== users) {
      last = new Directory(model, users);
      for (const { message } of last.unheld) warn(message);
    }
    return last;
  }

  async function name(directory: Directory, ids: AuthorityModel['ids']): Promise<void> {
    onNames(await files.keep(keptLines(directory, ids)));
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

  async function outcomesOf(batch: readonly Waiting[]): Promise<readonly (Minted | Refused)[]> {
    const refuseAll = (refused: Refused): readonly Refused[] =>
      batch.map(({ request }) => (request instanceof Refused ? request : refused));
    for (let attempt = 0; attempt < maxAttempts; attempt++) {
      const model = await registry.model(waitMs);
      if (model === null) return refuseAll(away());
      const directory = directoryOf(model, files.read());
      const ledger = new Ledger(model, directory.users, rules);
      const outcomes = batch.map(({ request }) => outcomeOf(directory, ledger, request));
      const { changes } = ledger;
      if (changes.length === 0) return outcomes;
      const written = await registry.commit(model, changes, waitMs);
      if (written === 'away') return refuseAll(away());
      if (written === 'changed') continue;
      const now = (await registry.model(0)) ?? model;
      await name(directoryOf(now, directory.users), ledger.ids);
      onGiven(now);
      return outcomes;
    }
    return refuseAll(new Refused('BUSY', 'others write to the registry again and again; ask again'));
  }

  async function work(): Promise<void> {
    while (queue.length > 0 || isToRefresh) {
      const batch = queue.slice(0, maxBatch);
      queue = queue.slice(maxBatch);
      let outcomes: readonly (Minted | Refused)[];
      try {
        if (isToRefresh) await nameAll();
        outcomes = await outcomesOf(batch);
      } catch (error) {
        warn(`internal error: ${error instanceof Error ? error.stack : String(error)}`);
        const refused = new Refused('INTERNAL', `internal error: ${messageOf(error)}`);
        outcomes = batch.map(() => refused);
      }
      for (const [index, { answer }] of batch.entries()) answer(outcomes[index] ?? away());
    }
    isWorking = false;
  }

  async function nameAll(): Promise<void> {
    isToRefresh = false;
    const model = await registry.model(0);
    if (model === null) return;
    await name(directoryOf(model, files.read()), model.ids);
    onGiven(model);
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
      isToRefresh = true;
      begin();
    },
  };
}
