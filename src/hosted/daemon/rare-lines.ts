/** Lines that others can cause: one a second at most for each of those, which says how many had none. */

const pauseMs = 1_000;
/** Who is told apart; further ones share their lines. */
const mostCausers = 64;

interface Causer {
  unsaid: number;
  last: string;
}

export class RareLines {
  readonly #print: (line: string) => void;
  readonly #causers = new Map<string, Causer>();

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  tell(causer: string, line: string): void {
    const key = this.#causers.has(causer) || this.#causers.size < mostCausers ? causer : 'others';
    const known = this.#causers.get(key);
    if (known !== undefined) {
      known.unsaid += 1;
      known.last = line;
      return;
    }
    this.#print(line);
    this.#rest(key);
  }

  #rest(key: string): void {
    this.#causers.set(key, { unsaid: 0, last: '' });
    setTimeout(() => this.#sayRest(key), pauseMs).unref();
  }

  #sayRest(key: string): void {
    const causer = this.#causers.get(key);
    this.#causers.delete(key);
    if (causer === undefined || causer.unsaid === 0) return;
    this.#print(causer.unsaid === 1 ? causer.last : `${causer.last} (and ${causer.unsaid - 1} more like it within a second)`);
    this.#rest(key);
  }
}
