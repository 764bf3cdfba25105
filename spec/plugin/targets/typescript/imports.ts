import type { Refer } from '../../language.ts';

/** What a file uses of other modules. Whoever prints a name takes it from here, so nobody looks for it in the text afterwards. */
export class Imports {
  readonly #modules = new Map<string, { readonly types: Set<string>; readonly values: Set<string> }>();

  /** Notes that the type `name` of the module at `path` is used, and gives it back. */
  type(path: string, name: string): string {
    this.#of(path).types.add(name);
    return name;
  }

  value(path: string, name: string): string {
    this.#of(path).values.add(name);
    return name;
  }

  /** Ordered by path, the types of a module before its values. */
  lines(): readonly string[] {
    return [...this.#modules]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([path, { types, values }]) => [...line('import type', types, path), ...line('import', values, path)]);
  }

  #of(path: string): { readonly types: Set<string>; readonly values: Set<string> } {
    const known = this.#modules.get(path) ?? { types: new Set(), values: new Set() };
    this.#modules.set(path, known);
    return known;
  }
}

const line = (words: string, names: ReadonlySet<string>, path: string): readonly string[] =>
  names.size === 0 ? [] : [`${words} { ${[...names].sort().join(', ')} } from '${path}';`];

/** The module of JSON values and of the functions that encoders call. */
export const jsonModule = '../../src/json/text.ts';

/** The module of the types of a package, seen from a file of the package `own`. */
export const typesModule = (own: string, packageName: string): string => {
  if (packageName === 'json') return jsonModule;
  return packageName === own ? './types.ts' : `../${packageName}/types.ts`;
};

/** For a file of the package `own`; what the file itself declares is not imported. */
export const referFrom =
  (own: string, imports: Imports, declaredHere: (packageName: string) => boolean): Refer =>
  (packageName, name) =>
    declaredHere(packageName) ? name : imports.type(typesModule(own, packageName), name);
