/** What a printed module uses of others. Whoever prints a name takes it from here. */
import type { Refer } from '../../language.ts';

export class Imports {
  readonly #modules = new Map<string, Set<string>>();

  /** Notes that `name` of a module is used, and gives it back. */
  from(module: string, name: string): string {
    const known = this.#modules.get(module) ?? new Set();
    this.#modules.set(module, known);
    known.add(name);
    return name;
  }

  /** Of the package around the printed modules. */
  ours(module: string, name: string): string {
    return this.from(`..${module}`, name);
  }

  sequence(): string {
    return this.from('collections.abc', 'Sequence');
  }

  /** In the order that the linter wants: the standard library, then ours from the outer package on. */
  lines(): readonly string[] {
    const names = [...this.#modules.keys()];
    const groups = [names.filter((name) => !name.startsWith('.')), names.filter((name) => name.startsWith('.'))];
    const printed = groups
      .map((group) => group.sort(byDepth).flatMap((name) => statement(name, [...(this.#modules.get(name) ?? [])])))
      .filter((lines) => lines.length > 0);
    return [['from __future__ import annotations'], ...printed].flatMap((lines) => [...lines, '']);
  }
}

const dots = (name: string): number => /^\.*/.exec(name)?.[0].length ?? 0;
const byDepth = (a: string, b: string): number => dots(b) - dots(a) || (a < b ? -1 : 1);

/** Constants, then classes, then the rest, each by the alphabet. */
const rank = (name: string): number => (/^[A-Z0-9_]+$/.test(name) ? 0 : /^[A-Z]/.test(name) ? 1 : 2);

function statement(module: string, names: readonly string[]): readonly string[] {
  const sorted = [...names].sort((a, b) => rank(a) - rank(b) || (a.toLowerCase() < b.toLowerCase() ? -1 : 1));
  const line = `from ${module} import ${sorted.join(', ')}`;
  return line.length <= 140 ? [line] : [`from ${module} import (`, ...sorted.map((name) => `    ${name},`), ')'];
}

/** For a module of the package `own`. */
export const referFrom =
  (own: string, imports: Imports): Refer =>
  (packageName, name) => {
    if (packageName === own) return name;
    return packageName === 'json' ? imports.ours('wire', name) : imports.from(`.${packageName}`, name);
  };
