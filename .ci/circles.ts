/** Circles of value imports: files that need each other to be loaded have no order in which they can be read. */

/** What a file imports, by path, with the line of the import. */
export type ImportGraph = ReadonlyMap<string, readonly { readonly target: string; readonly line: number }[]>;

/** Each import that is part of a circle: one that leads to where it can be come back from. */
export function circularImports(graph: ImportGraph): { readonly file: string; readonly line: number; readonly target: string }[] {
  const circles = circleOf(graph);
  return Array.from(graph).flatMap(([file, imports]) =>
    imports
      .filter(({ target }) => target === file || (circles.has(file) && circles.get(file) === circles.get(target)))
      .map(({ target, line }) => ({ file, line, target })),
  );
}

/** The circle that each file of one is part of, as a number (the strongly connected components of more than one file; Tarjan). */
function circleOf(graph: ImportGraph): ReadonlyMap<string, number> {
  const circles = new Map<string, number>();
  const order = new Map<string, number>();
  const open: string[] = [];
  const visit = (file: string): number => {
    const own = order.size;
    order.set(file, own);
    open.push(file);
    let lowest = own;
    for (const { target } of graph.get(file) ?? []) {
      if (!order.has(target)) lowest = Math.min(lowest, visit(target));
      else if (open.includes(target)) lowest = Math.min(lowest, order.get(target) ?? own);
    }
    if (lowest === own) {
      const members = open.splice(open.indexOf(file));
      if (members.length > 1) for (const member of members) circles.set(member, own);
    }
    return lowest;
  };
  for (const file of graph.keys()) if (!order.has(file)) visit(file);
  return circles;
}
