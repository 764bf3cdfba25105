import type { RegistryType } from '../../gen/registry/types.ts';

type TextType = Extract<RegistryType, 'SZ' | 'EXPAND_SZ'>;
type BytesType = Exclude<RegistryType, 'SZ' | 'EXPAND_SZ' | 'MULTI_SZ' | 'DWORD' | 'QWORD'>;

/** A typed datum. OPAQUE is a value whose bytes are not what its type promises, or of a type without a name here. */
export type RegistryData =
  | { readonly type: TextType; readonly data: string }
  | { readonly type: 'MULTI_SZ'; readonly data: readonly string[] }
  | { readonly type: 'DWORD'; readonly data: number }
  | { readonly type: 'QWORD'; readonly data: bigint }
  | { readonly type: BytesType; readonly data: Uint8Array }
  | { readonly type: 'OPAQUE'; readonly number: number; readonly data: Uint8Array };

/** A named value as everything in memory has it; the empty name is the key's default value. */
export type RegistryValue = { readonly name: string } & RegistryData;
