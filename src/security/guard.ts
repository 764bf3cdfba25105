/** A descriptor with what it was found to grant. */
import { accessCheck } from './access-check.ts';
import type { SecurityDescriptor } from './descriptor.ts';
import { decodeDescriptor } from './descriptor.ts';
import type { GenericMapping } from './mappings.ts';
import type { Token } from './token.ts';

/** A kind of objects that descriptors guard. */
export interface GuardedKind {
  readonly mapping: GenericMapping;
  /** Mask of its rights. */
  readonly all: number;
}

/** Why a descriptor grants nothing and denies nothing: it cannot be evaluated. SEC-028. */
export interface Broken {
  readonly problem: string;
}

/** A descriptor that was read: whom it grants what. */
export class Guard {
  readonly #descriptor: SecurityDescriptor | Broken;
  readonly #guarded: GuardedKind;
  /** AccessCheck decides each right by itself, and neither token nor descriptor ever changes: what it once said of them holds. */
  readonly #held = new WeakMap<Token, number | Broken>();

  constructor(descriptor: SecurityDescriptor | Broken, guarded: GuardedKind) {
    this.#descriptor = descriptor;
    this.#guarded = guarded;
  }

  /** Mask of the rights that it grants. */
  held(token: Token): number | Broken {
    const known = this.#held.get(token);
    if (known !== undefined) return known;
    const held = this.#check(token);
    this.#held.set(token, held);
    return held;
  }

  #check(token: Token): number | Broken {
    const descriptor = this.#descriptor;
    if ('problem' in descriptor) return descriptor;
    const { mapping, all } = this.#guarded;
    const verdict = accessCheck({ token, descriptor, desired: all, mapping });
    if (verdict.status !== 'failed') return this.#withFull(token, descriptor, verdict.granted & all);
    // What the token is can be told; what the descriptor says cannot. SEC-019.
    return verdict.refused ? 0 : { problem: verdict.reason };
  }

  /** Rights that the generic ones do not know come with full control as well. O-94. */
  #withFull(token: Token, descriptor: SecurityDescriptor, held: number): number {
    const { mapping, all } = this.#guarded;
    const beyond = all & ~mapping.all;
    if ((held & beyond) === beyond) return held;
    const full = accessCheck({ token, descriptor, desired: mapping.all, mapping });
    return full.status === 'allowed' ? held | beyond : held;
  }
}

/** The guard that the bytes of a descriptor are. */
export function readGuard(bytes: Uint8Array, guarded: GuardedKind): Guard {
  const decoded = decodeDescriptor(bytes);
  return new Guard('malformed' in decoded ? { problem: `is no security descriptor: ${decoded.malformed}` } : decoded, guarded);
}
