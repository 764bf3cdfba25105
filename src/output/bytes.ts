/** Below this a loop is quicker than a view, and makes no object. */
const loopedBytes = 64;

/** Copies a part of one array into another. */
export function copyBytes(target: Uint8Array, at: number, source: Uint8Array, from: number, to: number): void {
  if (to - from > loopedBytes) target.set(source.subarray(from, to), at);
  else for (let index = from, place = at; index < to; index++, place++) target[place] = source[index] ?? 0;
}
