/**
 * What a batch of requests is given: relative ids of accounts and groups, uids and gids. Counters only rise, and what was given stays
 * written down, so no number is ever given twice. All of it is written at once, before any token leaves. O-30, O-79.
 */
import { authorityStateFields, givenIdsFields, localAccountFields } from '../../gen/principals/facts.ts';
import { foldName } from '../registry/folding.ts';
import type { Sid } from '../security/sid.ts';
import type { IdRules } from './id-range.ts';
import { isGiven, largeIds, smallIds } from './id-range.ts';
import { authorityKey, idsKey } from './layout.ts';
import type { LinuxUsers } from './linux-users.ts';
import type { Account, AuthorityModel, GivenId, Group } from './model.ts';
import { Refused } from './refused.ts';

/** A value to be written, a REG_DWORD. */
export interface Change {
  readonly key: string;
  readonly name: string;
  readonly data: number;
}

export class Ledger {
  readonly #model: AuthorityModel;
  readonly #users: LinuxUsers;
  readonly #rules: IdRules;
  readonly #rids = new Map<string, number>();
  readonly #ids = new Map<string, GivenId>();
  #nextRid: number | null = null;
  #nextId: number | null = null;

  constructor(model: AuthorityModel, users: LinuxUsers, rules: IdRules) {
    this.#model = model;
    this.#users = users;
    this.#rules = rules;
  }

  /** What was given, to be written together. */
  get changes(): readonly Change[] {
    return [
      ...[...this.#rids].map(([key, data]) => ({ key, name: localAccountFields.rid.name, data })),
      ...(this.#nextRid === null ? [] : [{ key: authorityKey, name: authorityStateFields.nextRid.name, data: this.#nextRid }]),
      ...[...this.#ids.values()].map(({ subject, id }) => ({ key: idsKey, name: subject, data: id })),
      ...(this.#nextId === null ? [] : [{ key: idsKey, name: givenIdsFields.nextId.name, data: this.#nextId }]),
    ];
  }

  /** Throws Refused. */
  sidOf({ key, fields }: Account | Group): Sid {
    if (this.#model.machineSid === null) throw new Refused('BUSY', 'the machine has no SID yet; ask again');
    return `${this.#model.machineSid}-${fields.rid ?? this.#rids.get(key) ?? this.#giveRid(key)}`;
  }

  /** The uid or gid of a subject (names.ts). Throws Refused. */
  idOf(subject: string): number {
    const folded = foldName(subject);
    const known = this.#model.ids.get(folded) ?? this.#ids.get(folded);
    if (known === undefined) return this.#giveId(subject);
    if (known.problem !== null) throw new Refused('IDENTITY_BROKEN', known.problem.message);
    const { id } = known;
    const stranger = this.#users.userOf(id)?.name ?? this.#users.groupOf(id)?.name;
    if (stranger === undefined) return id;
    const remedy = `Give ${stranger} another number in /etc/passwd or /etc/group: ${id} was given to ${known.subject} before.`;
    throw new Refused('IDENTITY_BROKEN', `${idsKey}\\${known.subject} is ${id}, and so is ${stranger}. ${remedy}`);
  }

  #requireState(): void {
    const [problem] = this.#model.stateProblems;
    if (problem !== undefined) throw new Refused('IDENTITY_BROKEN', problem.message);
  }

  #giveRid(key: string): number {
    this.#requireState();
    const { accounts, groups, nextRid } = this.#model;
    const taken = [...accounts.values(), ...groups.values()].map(({ fields }) => (fields.rid ?? 0) + 1);
    const rid = this.#nextRid ?? taken.reduce((most, one) => Math.max(most, one), nextRid);
    this.#nextRid = rid + 1;
    this.#rids.set(key, rid);
    return rid;
  }

  #giveId(subject: string): number {
    this.#requireState();
    let id = this.#nextId ?? this.#firstId();
    while (!this.#isFree(id)) id = id > smallIds.last && id < largeIds.first ? largeIds.first : id + 1;
    this.#nextId = id + 1;
    this.#ids.set(foldName(subject), { subject, id, problem: null });
    return id;
  }

  /** The counter may have been set back by hand. */
  #firstId(): number {
    const { ids, nextId } = this.#model;
    return [...ids.values()].reduce((most, { id }) => (isGiven(id) ? Math.max(most, id + 1) : most), nextId);
  }

  #isFree(id: number): boolean {
    if (id > largeIds.last || (id >= largeIds.first && !this.#rules.isMapped(id)))
      throw new Refused(
        'IDS_EXHAUSTED',
        `no uid or gid is left: ${smallIds.first} to ${smallIds.last} are given, and those above are not there`,
      );
    return isGiven(id) && !this.#rules.isTag(id) && this.#users.userOf(id) === null && this.#users.groupOf(id) === null;
  }
}
