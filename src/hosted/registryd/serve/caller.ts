import type { PeerIdentity } from '../../../platform/identity.ts';
import { RegistryFailure } from '../../../registry/failure.ts';
import type { Creator } from '../../../registry/security/inherit.ts';
import { rightNames } from '../../../registry/security/rights.ts';
import { accessCheck } from '../../../security/access-check.ts';
import type { SecurityDescriptor } from '../../../security/descriptor.ts';
import { keyMapping, mapGeneric } from '../../../security/mappings.ts';
import { access } from '../../../security/masks.ts';
import { ownerOf } from '../../../security/owner.ts';
import type { Token } from '../../../security/token.ts';
import { wellKnown } from '../../../security/well-known.ts';
import type { Holder } from '../../../wire/places.ts';
import type { RareLines } from '../../daemon/rare-lines.ts';
import { brokenDescriptor, storedDescriptor, textOf } from '../store/descriptors.ts';
import type { Key } from '../store/keys.ts';
import { concrete } from './access.ts';

/**
 * Who is at the other end of a connection, and what that one may do with a key: each open, and each call that names a path, is an
 * AccessCheck of its token against the descriptor of that key. Neither the token nor a descriptor ever changes, so an answer is kept.
 */

const mostKept = 256;

export class Caller {
  readonly holder: Holder;
  readonly token: Token;
  /** What it makes belongs to it. */
  readonly creator: Creator;
  readonly #identity: PeerIdentity;
  readonly #denials: RareLines;
  /** Rights by what was asked for and the bytes of the descriptor; null: refused. */
  readonly #kept = new Map<string, number | null>();

  constructor(identity: PeerIdentity, denials: RareLines) {
    this.#identity = identity;
    this.#denials = denials;
    const { token, uid } = identity;
    this.token = token;
    this.holder = { user: uid, isSystem: token.user === wellKnown.system };
    this.creator = { owner: ownerOf(token), group: token.user };
  }

  get #name(): string {
    const { summary, uid } = this.#identity;
    return `${summary.user_name ?? summary.user} (uid ${uid})`;
  }

  /** What is granted of `desired`; null: not all of it. Throws EIO where the descriptor is broken. */
  granted(key: Pick<Key, 'path'>, security: Uint8Array, desired: number): number | null {
    const kept = `${desired} ${textOf(security)}`;
    const found = this.#kept.get(kept);
    if (found !== undefined) return found;
    const granted = this.#check(key, storedDescriptor(key, security), desired);
    if (this.#kept.size >= mostKept) this.#kept.clear();
    this.#kept.set(kept, granted);
    return granted;
  }

  #check(key: Pick<Key, 'path'>, descriptor: SecurityDescriptor, desired: number): number | null {
    const verdict = accessCheck({ token: this.token, descriptor, desired, mapping: keyMapping });
    if (verdict.status === 'failed') throw brokenDescriptor(key.path, verdict.reason);
    if (verdict.status === 'denied') return null;
    // Exactly what was asked for, although an owner and privileges have more. PSD-005 3.1.
    const asked = (desired & access.maximumAllowed) !== 0 ? concrete : mapGeneric(desired, keyMapping);
    return (verdict.granted & asked) >>> 0;
  }

  /** As granted; a broken descriptor lets nobody in. */
  has(key: Pick<Key, 'path'>, security: Uint8Array, desired: number): boolean {
    try {
      return this.granted(key, security, desired) !== null;
    } catch (error) {
      if (error instanceof RegistryFailure) return false;
      throw error;
    }
  }

  /** What is granted, which is all of `desired`. Throws EACCES, EIO. */
  demand(key: Key, security: Uint8Array, desired: number): number {
    const granted = this.granted(key, security, desired);
    if (granted !== null) return granted;
    const rights = rightNames(desired);
    const { pid, uid } = this.#identity;
    this.#denials.tell(`${this.token.user} ${uid}`, `access denied to ${this.#name}, process ${pid}: ${rights} on ${key.path}`);
    throw new RegistryFailure(
      'EACCES',
      `${this.#name} may not open the key ${key.path} with ${rights}; an administrator sees and changes who may with ` +
        `\`peiosctl registry security ${key.path.replaceAll('\\', '/')}\``,
    );
  }
}
