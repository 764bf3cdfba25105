/** Accounts and groups have their numbers before anybody asks: a hook may make a directory for an account that was never started. O-79. */
import type { Directory } from './directory.ts';
import type { Ledger } from './ledger.ts';
import { Refused } from './refused.ts';

/**
 * Gives SIDs and numbers to those that have none, or to one of them alone, by its key. What is wrong with one of them is told to whoever
 * asks for it.
 */
export function giveEveryone({ model, users }: Directory, ledger: Ledger, one: string | null = null): void {
  const entries = [
    ...[...model.accounts.values()].map((entry) => ({ entry, own: entry.fields.uid, foreign: users.userNamed(entry.name) })),
    ...[...model.groups.values()].map((entry) => ({ entry, own: entry.fields.gid, foreign: users.groupNamed(entry.name) })),
  ];
  for (const { entry, own, foreign } of entries) {
    if (entry.problems.length > 0 || (one !== null && entry.key !== one)) continue;
    try {
      const sid = ledger.sidOf(entry);
      if (own === undefined && foreign === null) ledger.idOf(sid);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
    }
  }
}
