/** What is installed: files, directories and links, by their path without the slash at its beginning. */
export type Entry =
  | { readonly kind: 'file'; readonly path: string; readonly mode: number; readonly content: Uint8Array }
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 'link'; readonly path: string; readonly target: string };

/** In the order of their paths, with every directory above them. */
export function withDirectories(entries: readonly Entry[]): readonly Entry[] {
  const all = new Map<string, Entry>();
  for (const entry of entries) {
    if (all.has(entry.path)) throw new Error(`${entry.path} is there twice`);
    all.set(entry.path, entry);
    for (let end = entry.path.indexOf('/'); end >= 0; end = entry.path.indexOf('/', end + 1)) {
      const path = entry.path.slice(0, end);
      const above = all.get(path) ?? { kind: 'directory', path };
      if (above.kind !== 'directory') throw new Error(`${path} is no directory, but ${entry.path} is below it`);
      all.set(path, above);
    }
  }
  // A directory is the beginning of what is below it, and so comes first.
  return [...all.values()].sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
}
