/** A queue whose oldest element goes first. What goes is given back at once, its place now and then. */
export class Fifo<T extends { readonly size: number }> {
  #all: (T | null)[] = [];
  #first = 0;
  #size = 0;

  /** Of all its elements together. */
  get size(): number {
    return this.#size;
  }

  get length(): number {
    return this.#all.length - this.#first;
  }

  push(element: T): void {
    this.#all.push(element);
    this.#size += element.size;
  }

  shift(): T | null {
    const element = this.#all[this.#first] ?? null;
    if (element === null) return null;
    this.#size -= element.size;
    this.#all[this.#first++] = null;
    if (this.#first > 1024 && this.#first * 2 > this.#all.length) {
      this.#all = this.#all.slice(this.#first);
      this.#first = 0;
    }
    return element;
  }

  /** Those behind the last one that is not wanted; what is wanted of one is wanted of all that came later. */
  from(isWanted: (element: T) => boolean): readonly T[] {
    let low = this.#first;
    let high = this.#all.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const element = this.#all[middle];
      if (element !== null && element !== undefined && isWanted(element)) high = middle;
      else low = middle + 1;
    }
    return this.#all.slice(low).filter((element) => element !== null);
  }
}
