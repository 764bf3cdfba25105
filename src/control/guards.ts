import type { DescriptorValue } from '../policy/definition/security.ts';
import type { SecurityDescriptor } from '../security/descriptor.ts';
import { Guard, readGuard } from '../security/guard.ts';
import type { Guarded } from './rights.ts';

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
    const guard = this.#byContent.get(content) ?? this.#earlier.get(content) ?? readGuard(value, this.#guarded);
    this.#byContent.set(content, guard);
    return guard;
  }
}
