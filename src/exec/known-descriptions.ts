/** Open file descriptions in the kernel's order, so that one of thousands is found by halves. O-23. */

export interface KnownDescriptions {
  readonly size: number;
  /** Whether one of them is the same; null: the kernel does not tell. */
  find(fd: number): boolean | null;
  add(fd: number): void;
  /** Takes those out that do not fit. */
  keep(fits: (fd: number) => boolean): void;
}

/** Where the kernel knows no order: how many of the latest are looked at. */
const mostWithoutOrder = 512;

type Found = { readonly kind: 'same' } | { readonly kind: 'before'; readonly place: number } | { readonly kind: 'untold' };

/** @param compare as compareDescriptions of the kernel */
export function createKnownDescriptions(compare: (fd: number, other: number) => number): KnownDescriptions {
  let ordered: number[] = [];

  function look(fd: number): Found {
    let low = 0;
    let high = ordered.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const order = compare(fd, ordered[middle] ?? -1);
      if (order === 0) return { kind: 'same' };
      if (order === 3) return lookAtLatest(fd);
      if (order < 0) return { kind: 'untold' };
      if (order === 1) high = middle;
      else low = middle + 1;
    }
    return { kind: 'before', place: low };
  }

  function lookAtLatest(fd: number): Found {
    const least = Math.max(ordered.length - mostWithoutOrder, 0);
    for (let at = ordered.length - 1; at >= least; at--) if (compare(fd, ordered[at] ?? -1) === 0) return { kind: 'same' };
    return { kind: 'before', place: ordered.length };
  }

  return {
    get size() {
      return ordered.length;
    },
    find(fd) {
      const found = look(fd);
      return found.kind === 'untold' ? null : found.kind === 'same';
    },
    add(fd) {
      const found = look(fd);
      ordered.splice(found.kind === 'before' ? found.place : ordered.length, 0, fd);
    },
    keep(fits) {
      ordered = ordered.filter(fits);
    },
  };
}
