/** Names in Rust: each package of the schema is a module, so only a module's own names can collide. */
import type { EnumModel, EnumValueModel } from '../../model.ts';
import { pascalCase, serviceStem, snakeCase } from '../../names.ts';

/** Words that cannot be names, as of edition 2021. */
const reserved = new Set(
  (
    'abstract as async await become box break const continue do dyn else enum extern false final fn for if impl in let loop macro match ' +
    'mod move mut override priv pub ref return static struct super trait true try type typeof unsafe unsized use virtual where while yield'
  ).split(' '),
);
/** Not even as raw names. */
const unspeakable = new Set(['crate', 'self', 'Self', 'super', '_']);

/** fooBar, foo-bar or foo_bar to foo_bar, or r#type. */
export function rustName(name: string): string {
  const plain = snakeCase(name).replaceAll(/[^a-z0-9]+/g, '_');
  if (unspeakable.has(plain)) return `${plain}_`;
  return reserved.has(plain) ? `r#${plain}` : plain;
}

/** Name of a service in Rust: Control of ControlService. */
export const stemOf = ({ name }: { readonly name: string }): string => pascalCase(serviceStem(name));

/** A value of an enum, without the name of the enum: ACCESS_DENIED to AccessDenied, ENOENT to Enoent. */
export function variantName({ name }: EnumValueModel, of: EnumModel): string {
  const own = name.slice(snakeCase(of.name).length + 1);
  return pascalCase(own.toLowerCase());
}

/** What stands for a value that is newer than the schema; Other, where the schema has an unknown one itself. */
export const unknownVariant = (known: readonly string[]): string => (known.includes('Unknown') ? 'Other' : 'Unknown');

/** Names of a module, each given away once. */
export class ModuleNames {
  readonly #given = new Map<string, string>();
  readonly #module: string;

  constructor(module: string) {
    this.#module = module;
  }

  give(name: string, what: string): string {
    const other = this.#given.get(name);
    if (other !== undefined)
      throw new Error(`module ${this.#module} of the Rust crate has one name, ${name}, for ${other} and for ${what}`);
    this.#given.set(name, what);
    return name;
  }
}
