/**
 * Security descriptors as they stand in the registry. They guard commands and nothing else, so they are kept beside the definitions and not
 * in them: they hold as soon as they are read, whatever becomes of the rest of that read. SEC-002, SEC-009, GEN-016.
 */
import { definitionFields } from '../../../gen/definition/facts.ts';
import { settingFields } from '../../../gen/settings/facts.ts';
import type { RegistryValue } from '../../registry/value.ts';
import { foldValueName, indexValues } from './values.ts';

/** The bytes of a descriptor, self-relative; or why the value can be none. */
export type DescriptorValue = Uint8Array | { readonly problem: string };

export interface SecurityValues {
  /** ServiceSecurity of a service, by the name of the service as names are compared. */
  readonly own: ReadonlyMap<string, DescriptorValue>;
  /** ServiceSecurity of the Services key, for services without one of their own; null: there is none. */
  readonly inherited: DescriptorValue | null;
  /** ControlSecurity; null: there is none. */
  readonly machine: DescriptorValue | null;
}

/** Before there is a registry. */
export const noSecurityValues: SecurityValues = { own: new Map(), inherited: null, machine: null };

/** The descriptor of that name among the values of a key; null: it has none. */
export const descriptorIn =
  (name: string) =>
  (values: readonly RegistryValue[]): DescriptorValue | null => {
    const index = indexValues(values);
    const folded = foldValueName(name);
    const value = index.find(folded);
    if (value === null) return null;
    if (index.repeated(folded)) return { problem: 'is there more than once; keep one' };
    if (value.type === 'BINARY' && value.data instanceof Uint8Array) return value.data;
    return { problem: `is of type ${value.type}, but must be REG_BINARY` };
  };

/** ServiceSecurity among the values of a key; null: it has none. */
export const serviceSecurityIn = descriptorIn(definitionFields.serviceSecurity.name);
/** ControlSecurity among the values of a key; null: it has none. */
export const controlSecurityIn = descriptorIn(settingFields.controlSecurity.name);
