import type { DescriptorValue } from '../policy/definition/security.ts';
import { accessCheck } from '../security/access-check.ts';
import type { SecurityDescriptor } from '../security/descriptor.ts';
import { decodeDescriptor } from '../security/descriptor.ts';
import type { Token } from '../security/token.ts';
import type { Guarded } from './rights.ts';

/** Why a descriptor grants nothing and denies nothing: it cannot be evaluated. SEC-028. */
export interface Broken {
  readonly problem: string;
}

/** A descriptor that was read: whom it grants what. */
export class Guard {
  readonly #descriptor: SecurityDescriptor | Broken;
  readonly #guarded: Guarded;
  /** AccessCheck decides each right by itself, and neither token nor descriptor ever changes: what it once said of them holds. */
  readonly #held = new WeakMap<Token, number | Broken>();

  constructor(descriptor: SecurityDescriptor | Broken, guarded: Guarded) {
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

/** The guards of one kind of objects: each descriptor is read once, whoever has it. */
export class Guards {
  readonly byDefault: Guard;
  readonly #guarded: Guarded;
  readonly #byValue = new WeakMap<DescriptorValue, Guard>();
  /** Those of the present read, and of the one before it. */
  #byContent = new Map<string, Guard>();
  #earlier = new Map<string, Guard>();

  constructor(guarded: Guarded, byDefault: SecurityDescriptor) {
    this.#guarded = guarded;
    this.byDefault = new Guard(byDefault, guarded);
  }

  /** The registry was read again: what is not asked for until the next read is forgotten. */
  renew(): void {
    this.#earlier = this.#byContent;
    this.#byContent = new Map();
  }

  /** Null: there is no value, and the default holds. */
  of(value: DescriptorValue | null): Guard {
    if (value === null) return this.byDefault;
    const known = this.#byValue.get(value);
    if (known !== undefined) return known;
    const guard = this.#read(value);
    this.#byValue.set(value, guard);
    return guard;
  }

  #read(value: DescriptorValue): Guard {
    if (!(value instanceof Uint8Array)) return new Guard(value, this.#guarded);
    const content = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('latin1');
    let guard = this.#byContent.get(content) ?? this.#earlier.get(content);
    if (guard === undefined) {
      const decoded = decodeDescriptor(value);
      guard = new Guard('malformed' in decoded ? { problem: `is no security descriptor: ${decoded.malformed}` } : decoded, this.#guarded);
    }
    this.#byContent.set(content, guard);
    return guard;
  }
}
