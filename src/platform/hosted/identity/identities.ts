/**
 * The token table of this machine: every process has a token of its own. Those of SYSTEM are minted here, the others come from the
 * authority; each has a mark, a group that nobody else has, and a file that the daemons of this machine read. PSD-007 3.3, platform.md 6.
 */
import { dirname } from 'node:path';
import type { TokenResponse } from '../../../../gen/authority/types.ts';
import { describeErrno, errno } from '../../../kernel/errno.ts';
import type { Clock, Descriptors, Files, Machine, Result, Sockets } from '../../../kernel/kernel.ts';
import type { Loop } from '../../../kernel/loop.ts';
import { privilegeMask } from '../../../security/privileges.ts';
import { serviceSid } from '../../../security/service-sid.ts';
import type { Token } from '../../../security/token.ts';
import { ordinaryGroup, withoutPrivileges } from '../../../security/token.ts';
import type { TokenSpec } from '../../../security/token-spec.ts';
import { tokenSpec } from '../../../security/token-spec.ts';
import { wellKnown } from '../../../security/well-known.ts';
import type { Account, Identities, PeerIdentity, ProcessToken, TokenOutcome, TokenWish } from '../../identity.ts';
import { createAuthorityClient } from '../authority-client.ts';
import { acceptToken } from './acceptance.ts';
import { probeIdentityMachine } from './machine.ts';
import type { KnownToken } from './peer.ts';
import { createPeerReader } from './peer.ts';
import { inGroupsOf, ownToken } from './principals.ts';
import { createProjections } from './projection.ts';
import { summaryOf } from './summary.ts';
import { formatMarks, formatToken, machinePath, tokenDirectory, tokenPath } from './token-file.ts';

export interface IdentitiesParts {
  readonly kernel: Files & Descriptors & Sockets & Clock & Pick<Machine, 'capabilities'>;
  readonly loop: Loop;
  /** Groups that nobody else has; null: this machine has none to give. */
  readonly tags: Tags | null;
  /** Whether peinit itself is to give the token for that principal. */
  readonly isSystem: (identity: string) => boolean;
  readonly rootIsSystem: boolean;
  /** Id of the job whose process that is; null: it is of none. */
  readonly jobOf: (pid: number) => string | null;
  /** Tells whoever reads the console. */
  readonly warn: (text: string) => void;
  readonly answer: (job: string, outcome: TokenOutcome) => void;
}

/** The groups that mark tokens. */
export interface Tags {
  take(): number | null;
  give(tag: number): void;
  includes(gid: number): boolean;
  readonly range: { readonly first: number; readonly last: number };
}

interface Entry extends KnownToken {
  readonly tag: number | null;
  readonly process: ProcessToken;
}

/** Least time between two lines about connections of nobody. */
const quietNs = 1_000_000_000n;
/** How long a token is known after its last process: what that sent may not have been read. */
const lingerNs = 1_000_000_000n;

export function createIdentities(parts: IdentitiesParts): Identities {
  const { kernel, loop, tags, warn } = parts;
  const machine = probeIdentityMachine(kernel, tags === null ? null : tags.includes);
  const marks = machine.mode === 'full' ? tags : null;
  const projections = createProjections(machine, warn);
  const authority = createAuthorityClient({ kernel, loop });
  /** Granted and not used. */
  const granted = new Map<number, Entry>();
  /** Of processes, by the id of the token. */
  const living = new Map<string, Entry>();
  const byTag = new Map<number, Entry>();
  const asked = new Map<string, () => void>();
  const captured = new Map<number, PeerIdentity>();
  let latest = 0;
  let directoryMade = false;

  function grant(wish: TokenWish, spec: TokenSpec, account: TokenResponse): void {
    const { job } = wish;
    const entry = entryOf(job, spec, account.name ?? null);
    if (typeof entry === 'string') return refuse(wish, entry);
    const { summary, process } = entry;
    latest += 1;
    granted.set(latest, entry);
    parts.answer(job, { ok: true, token: latest, facts: { summary, uid: process.uid }, account: accountOf(account) });
  }

  function entryOf(id: string, spec: TokenSpec, name: string | null): Entry | string {
    const tag = marks?.take() ?? null;
    if (marks !== null && tag === null) return 'every group that marks tokens is in use; stop what is not needed';
    const projection = machine.mode === 'full' ? projections.of(spec, tag) : null;
    const { uid, gid } = machine.mode === 'full' ? spec : { uid: 0, gid: 0 };
    return { id, spec, summary: summaryOf(spec.token, id, name), tag, process: { id, tag, projection, uid, gid } };
  }

  /** What failed, as a text. */
  function enliven(entry: Entry): ProcessToken | string {
    const failed = publish(entry);
    if (failed !== null) {
      if (entry.tag !== null) marks?.give(entry.tag);
      return failed;
    }
    living.set(entry.id, entry);
    if (entry.tag !== null) byTag.set(entry.tag, entry);
    return entry.process;
  }

  function own(id: string): ProcessToken | string {
    const entry = living.get(id) ?? entryOf(id, mint(null), null);
    if (typeof entry === 'string') return entry;
    return living.has(id) ? entry.process : enliven(entry);
  }

  function refuse({ job, identity }: TokenWish, why: string): void {
    parts.answer(job, { ok: false, message: `no token for Identity "${identity}": ${why}` });
  }

  /** Of SYSTEM, for one process. */
  function mint(service: string | null): TokenSpec {
    const own = service === null ? [] : [{ sid: serviceSid(service), attributes: ordinaryGroup }];
    const token: Token = { ...ownToken, groups: [...ownToken.groups, ...own] };
    return tokenSpec({ token, uid: 0, gid: 0, supplementary: machine.groups, source: 'peinit' });
  }

  function ask(wish: TokenWish, identity: string, service: string | null, change: (spec: TokenSpec) => TokenSpec): void {
    const { job } = wish;
    const accept = (spec: TokenSpec): TokenSpec | string => acceptToken(spec, { identity, service }, machine.ids);
    const takeBack = authority.request(service === null ? { identity } : { identity, service }, accept, (outcome) => {
      asked.delete(job);
      if (!outcome.ok) return refuse(wish, outcome.message);
      grant(wish, change(outcome.spec), outcome.account);
    });
    asked.set(job, takeBack);
  }

  /** A token like that of who submitted the job. ID-017, JFS-004. */
  function duplicate(wish: TokenWish, peer: PeerIdentity | undefined): void {
    if (peer === undefined) return refuse(wish, 'its submitter is gone');
    if (peer.spec !== null) return grant(wish, peer.spec, { name: peer.summary.user_name ?? undefined });
    if (peer.token.user === wellKnown.system) return grant(wish, mint(null), {});
    if (peer.token.user === wellKnown.anonymous) return refuse(wish, 'nobody in particular submitted it');
    ask(wish, peer.token.user, null, (spec) => inGroupsOf(spec, peer));
  }

  function request(wish: TokenWish): void {
    const { captured: submitter, identity, requiredPrivileges, service } = wish;
    if (submitter !== undefined) return duplicate(wish, captured.get(submitter));
    const keep = requiredPrivileges === null ? null : privilegeMask(requiredPrivileges);
    if (keep !== null && typeof keep !== 'bigint')
      return refuse(wish, `RequiredPrivileges names ${keep.unknown}, which is no privilege; correct it`);
    if (!parts.isSystem(identity)) return ask(wish, identity, service, (spec) => (keep === null ? spec : reduced(spec, keep)));
    const spec = mint(service);
    grant(wish, keep === null ? spec : reduced(spec, keep), {});
  }

  /** Null, or what failed: what is there is of an earlier boot, and of no use to anybody. */
  function makeDirectory(): string | null {
    const made = kernel.mkdir(tokenDirectory, 0o700);
    if (made < 0 && made !== -errno.EEXIST) return `creating ${tokenDirectory} failed: ${describeErrno(made)}`;
    const stale = made < 0 ? kernel.readDirectory(tokenDirectory) : [];
    if (typeof stale === 'number') return `reading ${tokenDirectory} failed: ${describeErrno(stale)}`;
    for (const name of stale) kernel.unlink(`${tokenDirectory}/${name}`);
    const text = formatMarks({ tags: marks?.range ?? null, rootIsSystem: parts.rootIsSystem });
    const written = kernel.writeFile(machinePath, text, { mode: 0o600 });
    if (written < 0) return `writing ${machinePath} failed: ${describeErrno(written)}`;
    directoryMade = true;
    return null;
  }

  /** Null, or what failed. The daemons must know whose a process is before there is one. */
  function publish(entry: Entry): string | null {
    if (!directoryMade) {
      const failed = makeDirectory();
      if (failed !== null) return failed;
      for (const warning of machine.warnings) warn(warning);
    }
    let written = write(entry);
    if (written === -errno.ENOENT) {
      restore();
      written = write(entry);
    }
    return written < 0 ? `writing its token to ${tokenDirectory} failed: ${describeErrno(written)}; make room on /run` : null;
  }

  /** Leaves nothing half written. */
  function write(entry: Entry): Result {
    if (entry.tag === null) return 0;
    const path = tokenPath(entry.tag);
    const written = kernel.writeFile(path, formatToken(entry), { mode: 0o600 });
    if (written < 0) kernel.unlink(path);
    return written;
  }

  function restore(): void {
    if (!directoryMade || kernel.inode(tokenDirectory) !== -errno.ENOENT) return;
    kernel.mkdir(dirname(tokenDirectory), 0o755);
    const failed = makeDirectory();
    const lost = failed === null ? Array.from(byTag.values()).filter((entry) => write(entry) < 0).length : byTag.size;
    const but = lost === 0 ? '' : `, but for ${lost}: ${failed ?? 'make room on /run'}`;
    warn(`the tokens in ${tokenDirectory} had vanished and are written again${but}`);
  }

  /** In the order in which their last processes ended. */
  const lingering: { readonly entry: Entry; readonly until: bigint }[] = [];

  function bury(): void {
    const now = kernel.monotonicNs();
    while (lingering[0] !== undefined && lingering[0].until <= now) forget(lingering.shift()?.entry);
    if (lingering[0] !== undefined) loop.at(lingering[0].until, bury);
  }

  function forget(entry: Entry | undefined): void {
    if (entry === undefined || !living.delete(entry.id)) return;
    if (entry.tag === null) return;
    byTag.delete(entry.tag);
    const removed = kernel.unlink(tokenPath(entry.tag));
    if (removed < 0 && removed !== -errno.ENOENT) warn(`removing ${tokenPath(entry.tag)} failed: ${describeErrno(removed)}`);
    marks?.give(entry.tag);
  }

  let quietUntil = 0n;
  let unsaid = 0;

  /** Whoever does that may do it often. */
  function tampered(what: string): void {
    const now = kernel.monotonicNs();
    if (now < quietUntil) {
      unsaid += 1;
      return;
    }
    warn(unsaid === 0 ? what : `${what} (and ${unsaid} more since)`);
    unsaid = 0;
    quietUntil = now + quietNs;
  }

  const peer = createPeerReader({
    kernel,
    isTag: marks === null ? null : marks.includes,
    ofTag: (tag) => byTag.get(tag) ?? null,
    ofProcess: (pid) => living.get(parts.jobOf(pid) ?? '') ?? null,
    rootIsSystem: parts.rootIsSystem,
    tampered,
  });

  return {
    request,
    cancel(job) {
      asked.get(job)?.();
      asked.delete(job);
    },
    use(token) {
      const entry = granted.get(token);
      if (entry === undefined) throw new Error(`token ${token} was not granted, or is used up`);
      granted.delete(token);
      return enliven(entry);
    },
    own,
    drop(token) {
      const tag = granted.get(token)?.tag ?? null;
      granted.delete(token);
      if (tag !== null) marks?.give(tag);
    },
    ended(id) {
      const entry = living.get(id);
      if (entry === undefined) return;
      lingering.push({ entry, until: kernel.monotonicNs() + lingerNs });
      if (lingering.length === 1) loop.at(kernel.monotonicNs() + lingerNs, bury);
    },
    peer,
    restore,
    capture(submitter) {
      latest += 1;
      captured.set(latest, submitter);
      return latest;
    },
    forget: (submitter) => void captured.delete(submitter),
    mode: machine.mode,
    warnings: () => [...machine.warnings, ...projections.warnings()],
  };
}

const accountOf = ({ name, home = '/', shell = '/bin/sh' }: TokenResponse): Account | null =>
  name === undefined ? null : { name, home, shell };

const reduced = (spec: TokenSpec, keep: bigint): TokenSpec => ({ ...spec, token: withoutPrivileges(spec.token, keep) });
