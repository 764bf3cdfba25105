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

  entries(): readonly T[] {
    return this.#all.slice(this.#first).filter((element) => element !== null);
  }
}
