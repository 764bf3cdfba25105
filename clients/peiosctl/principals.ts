/** Principals of the machine, for the commands that show and change them: what the registry has, with the users of Linux beside it. */
import { readFileSync } from 'node:fs';
import { Directory } from '../../src/authority/directory.ts';
import { accountsKey, authorityKey, groupsKey } from '../../src/authority/layout.ts';
import { Ledger } from '../../src/authority/ledger.ts';
import { parseLinuxUsers } from '../../src/authority/linux-users.ts';
import type { Minted } from '../../src/authority/mint.ts';
import { mint } from '../../src/authority/mint.ts';
import type { Account, Group } from '../../src/authority/model.ts';
import { readModel } from '../../src/authority/model.ts';
import { afterPrefix, nameProblem, unixPrefix } from '../../src/authority/names.ts';
import { Refused } from '../../src/authority/refused.ts';
import { fromWire } from '../../src/platform/hosted/registry-values.ts';
import type { Sid } from '../../src/security/sid.ts';
import type { RegistryConnection } from '../typescript/registry.ts';
import { RegistryCallError } from '../typescript/registry.ts';
import type { Context } from './command.ts';
import { tellStartsOf } from './next-start.ts';
import type { Changed } from './registry-changes.ts';
import { change } from './registry-changes.ts';
import { UsageError } from './usage-error.ts';

function textOf(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

export async function readDirectory(registry: RegistryConnection, transaction?: number): Promise<Directory> {
  const users = parseLinuxUsers(textOf('/etc/passwd'), textOf('/etc/group'));
  try {
    const { nodes } = await registry.readTree({ path: authorityKey, ...(transaction === undefined ? {} : { transaction }) });
    const read = nodes.map(({ path, values }) => ({
      path,
      values: values.flatMap(({ name, type, data }) => fromWire(name, type, data) ?? []),
    }));
    return new Directory(readModel(read), users);
  } catch (error) {
    if (error instanceof RegistryCallError && error.error === 'ENOENT') return new Directory(readModel([]), users);
    throw error;
  }
}

/** Ids that exist are judged by the authority, which knows the machine. */
const anyRules = { isMapped: () => true, isTag: () => false };

/** The token that the authority would make now. Throws Refused. */
export const wouldMint = (directory: Directory, identity: string, service: string | null): Minted =>
  mint(directory, new Ledger(directory.model, directory.users, anyRules), anyRules, directory.resolve(identity), service);

/** The account or group of that name; throws a UsageError where there is none. */
export function entryNamed({ model, users }: Directory, name: string): Account | Group {
  const bare = afterPrefix(name, unixPrefix) ?? name;
  const entry = model.accounts.get(name.toLowerCase()) ?? model.groups.get(name.toLowerCase());
  if (entry !== undefined) return entry;
  const isLinux = (users.userNamed(bare) ?? users.groupNamed(bare)) !== null;
  const hint = isLinux
    ? `${bare} is one of Linux, whom /etc/passwd and /etc/group tell of; name it unix:${bare} where somebody is granted something`
    : 'peiosctl principal list tells which there are';
  throw new UsageError(`there is no account or group ${name}; ${hint}`);
}

export function accountNamed(directory: Directory, name: string): Account {
  const entry = entryNamed(directory, name);
  if (!directory.isAccount(entry)) throw new UsageError(`${name} is a group, not an account`);
  return entry;
}

/** Throws a UsageError for a name that a new account or group may not have. */
export function checkNewName({ model }: Directory, name: string): void {
  const problem = nameProblem(name);
  if (problem !== null) throw new UsageError(`${name} ${problem.what}: ${problem.remedy}`);
  const known = model.accounts.get(name) ?? model.groups.get(name);
  if (known !== undefined) throw new UsageError(`there is ${known.key} already; its values are changed with peiosctl registry set`);
}

/** The SID of an account or group; null: it is given one by authd, soon. */
export const sidOf = ({ model }: Directory, { fields }: Account | Group): Sid | null =>
  model.machineSid === null || fields.rid === undefined ? null : `${model.machineSid}-${fields.rid}`;

/** The number of an account or group; null: it has none yet. */
export function idOf(directory: Directory, entry: Account | Group): number | null {
  const own = directory.isAccount(entry) ? entry.fields.uid : (entry as Group).fields.gid;
  const sid = sidOf(directory, entry);
  return own ?? (sid === null ? null : (directory.model.ids.get(sid.toLowerCase())?.id ?? null));
}

export interface PrincipalChange {
  /** What was done, as a word: `granted`. */
  readonly done: string;
  /** As the identity of a service or as `service:NAME`: what has it is told to be started anew; null: nothing has it. */
  readonly concerns: string | null;
  act(transaction: number, directory: Directory): Promise<void>;
  /** Whether what came of it can be used; throws Refused. */
  check?(after: Directory): void;
}

/** One transaction, judged before it is committed; what is in force later is told. */
export async function changePrincipals(
  registry: RegistryConnection,
  context: Context,
  { done, concerns, act, check }: PrincipalChange,
): Promise<Changed<true>> {
  const options = { done, paths: [authorityKey.split('\\')], piecemeal: false };
  const changed = await change(registry, context, options, async (transaction): Promise<true> => {
    await act(transaction, await readDirectory(registry, transaction));
    const after = await readDirectory(registry, transaction);
    try {
      check?.(after);
    } catch (error) {
      if (error instanceof Refused) throw new UsageError(`nothing was ${done}: ${error.message}`);
      throw error;
    }
    return true;
  });
  if (changed.result !== null && concerns !== null && !context.options.json) await tellStartsOf(registry, context, concerns);
  return changed;
}

const soonMs = 2_000;
const pauseMs = 20;

/** An account or group once authd has given it its SID; as it is where authd does not run. */
export async function whenGiven(registry: RegistryConnection, name: string): Promise<{ directory: Directory; entry: Account | Group }> {
  for (const until = performance.now() + soonMs; ; ) {
    const directory = await readDirectory(registry);
    const entry = entryNamed(directory, name);
    if ((sidOf(directory, entry) !== null && idOf(directory, entry) !== null) || performance.now() > until) return { directory, entry };
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

export const keyOfAccount = (name: string): string => `${accountsKey}\\${name}`;
export const keyOfGroup = (name: string): string => `${groupsKey}\\${name}`;
