import { judgeStrictly } from '../../../src/judge/strict.ts';
import type { FileFinding } from './files.ts';
import { readFiles } from './files.ts';
import { groundAt } from './ground.ts';

/** All that is wrong with registry files, in their order. `root`: absolute, of the machine that they are for. */
export async function findingsIn(files: readonly string[], root: string, withBase: boolean): Promise<readonly FileFinding[]> {
  const { findings, isUnread, nodes, place } = await readFiles(files, withBase);
  const judged = judgeStrictly(nodes, groundAt(root), isUnread).flatMap(({ message, name, path, weight }): readonly FileFinding[] => {
    const at = place(path, name);
    // What the base has is sound where nobody has changed it.
    if (at === null) return [];
    return [{ severity: weight === 'warning' ? 'warning' : 'error', ...at, key: path, value: name, message }];
  });
  // What was judged names its service itself.
  const named = findings.map((finding) => ({
    ...finding,
    message: [finding.key ?? [], finding.value ?? [], finding.message].flat().join(': '),
  }));
  return [...named, ...judged].toSorted(byPlace);
}

const byPlace = (one: FileFinding, other: FileFinding): number =>
  one.file === other.file ? (one.line ?? 0) - (other.line ?? 0) : one.file < other.file ? -1 : 1;
