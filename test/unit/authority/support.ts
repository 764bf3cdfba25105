import { Directory } from '../../../src/authority/directory.ts';
import type { IdRules } from '../../../src/authority/id-range.ts';
import type { Change } from '../../../src/authority/ledger.ts';
import { Ledger } from '../../../src/authority/ledger.ts';
import { parseLinuxUsers } from '../../../src/authority/linux-users.ts';
import type { Minted } from '../../../src/authority/mint.ts';
import { mint } from '../../../src/authority/mint.ts';
import type { AuthorityNode } from '../../../src/authority/model.ts';
import { readModel } from '../../../src/authority/model.ts';
import { Refused } from '../../../src/authority/refused.ts';
import type { RegistryValue } from '../../../src/registry/value.ts';
import { privilegeNames } from '../../../src/security/privileges.ts';

export const machineSid = 'S-1-5-21-1-2-3';
export const rules: IdRules = { isMapped: (id) => id < 65536, isTag: (gid) => gid >= 49_150 && gid < 65_534 };

type Data = string | number | readonly string[];
export type Values = Readonly<Record<string, Data>>;
export type Keys = Readonly<Record<string, Values>>;

const typed = (name: string, data: Data): RegistryValue =>
  typeof data === 'string'
    ? { name, type: 'SZ', data }
    : typeof data === 'number'
      ? { name, type: 'DWORD', data }
      : { name, type: 'MULTI_SZ', data };

/** Keys below Machine\System\Authority by relative path. */
export const nodes = (keys: Keys, denied: readonly string[] = []): readonly AuthorityNode[] =>
  Object.entries(keys).map(([path, values]) =>
    denied.includes(path)
      ? { path, values: [], denied: true }
      : { path, values: Object.entries(values).map(([name, data]) => typed(name, data)) },
  );

/** A registry that takes what is written to it, and the files of users beside it. */
export class World {
  readonly keys: Record<string, Record<string, Data>>;
  passwd: string;
  group: string;
  rules: IdRules = rules;
  /** Keys that keep the authority out. */
  denied: readonly string[] = [];

  constructor(keys: Keys = {}, passwd = '', group = '') {
    this.keys = Object.fromEntries(
      Object.entries({ '': { MachineSid: machineSid }, ...keys }).map(([path, values]) => [path, { ...values }]),
    );
    this.passwd = passwd;
    this.group = group;
  }

  directory(): Directory {
    return new Directory(readModel(nodes(this.keys, this.denied)), parseLinuxUsers(this.passwd, this.group));
  }

  write(changes: readonly Change[]): void {
    for (const { key, name, data } of changes) {
      const path = key.split('\\').slice(3).join('\\');
      const values = this.keys[path] ?? {};
      this.keys[path] = values;
      values[name] = data;
    }
  }

  /** As the authority does it: resolved, given numbers, written down. */
  ask(identity: string, service: string | null = null): Minted {
    const directory = this.directory();
    const ledger = new Ledger(directory.model, directory.users, this.rules);
    const minted = mint(directory, ledger, this.rules, directory.resolve(identity), service);
    this.write(ledger.changes);
    return minted;
  }

  /** Code and message of a refusal; null: there was a token. */
  refusal(identity: string, service: string | null = null): { code: string; message: string } | null {
    try {
      this.ask(identity, service);
      return null;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return { code: error.code, message: error.message };
    }
  }
}

export const groupsOf = ({ spec }: Minted): readonly string[] => spec.token.groups.map(({ sid }) => sid);
export const privilegesOf = ({ spec }: Minted): readonly string[] => privilegeNames(spec.token.privilegesPresent);
