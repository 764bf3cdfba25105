/** Spelling: the schema's names in the conventions of the targets. */

/** FooBar or fooBar to foo_bar. */
export const snakeCase = (name: string): string =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1_$2')
    .toLowerCase();

/** FooBar to fooBar. */
export const lowerFirst = (name: string): string => name.slice(0, 1).toLowerCase() + name.slice(1);

/** foo-bar or foo_bar to FooBar. */
export const pascalCase = (name: string): string =>
  name
    .split(/[^A-Za-z0-9]+/)
    .map((part) => part.slice(0, 1).toUpperCase() + part.slice(1))
    .join('');

/** foo-bar, foo_bar or FooBar to fooBar. */
export const camelCase = (name: string): string => lowerFirst(pascalCase(name));

/** The words of a name in any case, or of a text, in small letters. */
export const namedWords = (text: string): readonly string[] =>
  snakeCase(text)
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');

/** next_start to "next start". */
export const words = (name: string): string => name.replaceAll('_', ' ');

/** `Control` of ControlService. */
export const serviceStem = (name: string): string => name.replace(/Service$/, '');
