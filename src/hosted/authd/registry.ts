/**
 * What the registry says of principals, kept up to date by a watch, and the one way to write to it: what a batch was given, all or
 * nothing, on the counters that it was reckoned from. A registryd that is away is waited for; what is known stays known meanwhile.
 */
import { randomBytes } from 'node:crypto';
import type { RegistryConnection } from '../../../clients/typescript/registry.ts';
import { RegistryCallError } from '../../../clients/typescript/registry.ts';
import type { TokenRequest } from '../../../gen/authority/types.ts';
import { authorityStateFields, givenIdsFields } from '../../../gen/principals/facts.ts';
import { accountsKey, authorityKey, groupsKey, idsKey, privilegesKey } from '../../authority/layout.ts';
import type { Change } from '../../authority/ledger.ts';
import type { AuthorityModel, AuthorityNode } from '../../authority/model.ts';
import { readModel, withChanges } from '../../authority/model.ts';
import { fromWire } from '../../platform/hosted/registry-values.ts';
import { messageOf } from '../daemon/problem.ts';
import { watchKey } from '../daemon/watched-key.ts';
import { newServices } from './services.ts';

export interface AuthorityRegistry {
  /** What holds now; what was known last while registryd is away; null: nothing became known within `waitMs`. */
  model(waitMs: number): Promise<AuthorityModel | null>;
  /**
   * Writes what was reckoned from `model`. `changed`: somebody else has written meanwhile, so reckon again. `away`: the registry could not
   * be asked within `waitMs`, and what became of it is read before anything else is. `denied`: one of the keys may not be written.
   */
  commit(
    model: AuthorityModel,
    changes: readonly Change[],
    waitMs: number,
  ): Promise<'done' | 'changed' | 'away' | { readonly denied: string }>;
  /** Services that no number was given for; none where the registry cannot be read now. */
  newServices(): Promise<readonly TokenRequest[]>;
  close(): void;
}

export interface RegistryOptions {
  readonly socket: string;
  /** The registry says something else than before. */
  onChange(): void;
  warn(text: string): void;
}

const longestPauseMs = 500;
const keys = [authorityKey, accountsKey, groupsKey, privilegesKey, idsKey];

/** Three random numbers after S-1-5-21: no other machine has them. */
function newMachineSid(): string {
  const bytes = randomBytes(12);
  return ['S-1-5-21', ...[0, 4, 8].map((at) => bytes.readUInt32LE(at))].join('-');
}

const isMissing = (error: unknown): boolean => error instanceof RegistryCallError && error.error === 'ENOENT';

async function dwordAt(registry: RegistryConnection, path: string, name: string, transaction: number): Promise<unknown> {
  try {
    return (await registry.query({ path, name, transaction })).data;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Runs `act` in a transaction, which is given up where it throws or says so. */
async function transact<T>(
  registry: RegistryConnection,
  act: (transaction: number) => Promise<{ result: T; commit: boolean }>,
): Promise<T> {
  const { transaction } = await registry.begin({});
  try {
    const { result, commit } = await act(transaction);
    if (commit) await registry.commit({ transaction });
    else await registry.abort({ transaction });
    return result;
  } catch (error) {
    await registry.abort({ transaction }).catch(() => undefined);
    throw error;
  }
}

/** The keys and the machine's SID, where they are not there yet. */
async function prepare(registry: RegistryConnection): Promise<void> {
  await transact(registry, async (transaction) => {
    const made = await Promise.all(keys.map((path) => registry.create({ path, transaction })));
    const { name } = authorityStateFields.machineSid;
    const isNew = (await dwordAt(registry, authorityKey, name, transaction)) === undefined;
    if (isNew) await registry.set({ path: authorityKey, name, type: 'SZ', data: newMachineSid(), transaction });
    return { result: null, commit: isNew || made.some(({ created }) => created) };
  });
}

export function createAuthorityRegistry({ socket, onChange, warn }: RegistryOptions): AuthorityRegistry {
  let connection: RegistryConnection | null = null;
  let model: AuthorityModel | null = null;
  /** Counts what was told of changes, and which of them the model holds. */
  let version = 0;
  let readVersion = -1;
  const isCurrent = (): boolean => readVersion === version;
  let reading: Promise<void> | null = null;
  let isClosed = false;
  /** Values that we wrote ourselves, whose events tell nothing new. */
  const own = new Set<string>();
  let waiting: (() => void)[] = [];

  const wake = (): void => {
    for (const one of waiting) one();
    waiting = [];
  };

  /** Reads until what was read is what holds. */
  async function read(): Promise<void> {
    while (!isCurrent() && connection !== null) {
      const at = version;
      const { nodes } = await connection.readTree({ path: authorityKey });
      model = readModel(
        nodes.map(
          ({ path, values, denied }): AuthorityNode => ({
            path,
            ...(denied === true ? { denied } : {}),
            values: values.flatMap(({ name, type, data }) => fromWire(name, type, data) ?? []),
          }),
        ),
      );
      readVersion = at;
    }
    wake();
  }

  function refresh(): Promise<void> {
    reading ??= read()
      // The connection's end is told by its watch.
      .catch(() => undefined)
      .finally(() => {
        reading = null;
      });
    return reading;
  }

  /** Until there is a connection and it was read, at most so long. */
  async function whenStanding(waitMs: number): Promise<boolean> {
    const until = performance.now() + waitMs;
    for (;;) {
      if (connection !== null && !isCurrent()) await Promise.race([refresh(), pause(until - performance.now())]);
      if (connection !== null && isCurrent()) return true;
      const rest = until - performance.now();
      if (rest <= 0 || isClosed) return false;
      await Promise.race([new Promise<void>((done) => waiting.push(done)), pause(Math.min(rest, longestPauseMs))]);
    }
  }

  const endWatch = watchKey({
    socket,
    key: authorityKey,
    prepare,
    async begun(registry) {
      connection = registry;
      version += 1;
      own.clear();
      await read();
    },
    changed(events) {
      const strange = events.filter(({ type, path, name }) => type !== 'value_set' || !own.delete(`${path}\\${name}`.toLowerCase()));
      if (strange.length === 0) return;
      version += 1;
      onChange();
    },
    lost() {
      connection = null;
    },
    warn,
  });
  return {
    async model(waitMs) {
      // One that is known is good enough while registryd is away: nobody can have changed it.
      if (!(connection === null && model !== null)) await whenStanding(waitMs);
      return model;
    },

    async commit(from, changes, waitMs) {
      if (!(await whenStanding(waitMs)) || connection === null) return 'away';
      if (model !== from) return 'changed';
      const registry = connection;
      try {
        const isSame = await transact(registry, async (transaction) => {
          const [rid, id] = await Promise.all([
            dwordAt(registry, authorityKey, authorityStateFields.nextRid.name, transaction),
            dwordAt(registry, idsKey, givenIdsFields.nextId.name, transaction),
          ]);
          if ((rid ?? authorityStateFields.nextRid.default) !== from.nextRid || (id ?? givenIdsFields.nextId.default) !== from.nextId)
            return { result: false, commit: false };
          for (const { key, name } of changes) own.add(`${key}\\${name}`.toLowerCase());
          await Promise.all(changes.map(({ key, name, data }) => registry.set({ path: key, name, type: 'DWORD', data, transaction })));
          return { result: true, commit: true };
        });
        if (!isSame) {
          version += 1;
          return 'changed';
        }
        // Unless something else has changed meanwhile, what holds now is what was reckoned.
        if (isCurrent()) model = withChanges(from, changes);
        return 'done';
      } catch (error) {
        own.clear();
        version += 1;
        if (error instanceof RegistryCallError && error.error === 'EACCES') return { denied: error.message };
        warn(`what was given could not be written: ${messageOf(error)}`);
        return 'away';
      }
    },

    async newServices() {
      if (connection === null || model === null) return [];
      // Whoever asks for one of them later is served as well.
      return newServices(connection, model).catch(() => []);
    },

    close() {
      isClosed = true;
      wake();
      endWatch();
    },
  };
}

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, Math.max(0, ms)).unref());
