import type { ProcessRow } from '../../kernel/kernel.ts';
import type { CgroupPart } from '../../policy/events.ts';

/** What processes are told apart by: the main process, the hooks or the health checks of a start, each with all that comes of it. */
export interface Part {
  readonly tree: string;
  /** Null: the tree has no parts. */
  readonly name: CgroupPart | null;
  /** Those that live there, by the latest census. */
  living: ProcessRow[];
}

export interface Parts {
  /** Makes it where it is not there. */
  at(tree: string, name: CgroupPart | null): Part;
  /** By its text. */
  find(text: string): Part | null;
  /** What a name stands for: `tree` is all that are there. */
  within(tree: string, name: CgroupPart): readonly Part[];
  all(): Iterable<Part>;
  remove(part: Part): void;
}

/** No name of a tree has a slash. */
export const textOf = ({ tree, name }: Pick<Part, 'tree' | 'name'>): string => `${tree}/${name ?? ''}`;

export function createParts(): Parts {
  const parts = new Map<string, Part>();
  const trees = new Map<string, Set<Part>>();
  return {
    at(tree, name) {
      const text = textOf({ tree, name });
      const known = parts.get(text);
      if (known !== undefined) return known;
      const part: Part = { tree, name, living: [] };
      parts.set(text, part);
      const ofTree = trees.get(tree);
      if (ofTree === undefined) trees.set(tree, new Set([part]));
      else ofTree.add(part);
      return part;
    },
    find: (text) => parts.get(text) ?? null,
    within: (tree, name) => Array.from(trees.get(tree) ?? []).filter((part) => name === 'tree' || part.name === name),
    all: () => parts.values(),
    remove(part) {
      parts.delete(textOf(part));
      const ofTree = trees.get(part.tree);
      ofTree?.delete(part);
      if (ofTree?.size === 0) trees.delete(part.tree);
    },
  };
}
