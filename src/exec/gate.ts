/** Lets so many through at once; the others wait in the order in which they came. */
export interface Gate {
  /** `begin` is called when there is room, at once or later. */
  enter(begin: (pass: Pass) => void): Pass;
}

export interface Pass {
  /** Gives the room back, or stops waiting for it. More than once is the same as once. */
  leave(): void;
}

export function createGate(most: number): Gate {
  const waiting = new Set<() => void>();
  let inside = 0;

  function admit(): void {
    for (const begin of waiting) {
      if (inside >= most) return;
      waiting.delete(begin);
      begin();
    }
  }

  return {
    enter(begin) {
      let state: 'waiting' | 'inside' | 'left' = 'waiting';
      const pass: Pass = {
        leave() {
          if (state === 'inside') inside -= 1;
          else if (state === 'waiting') waiting.delete(enter);
          const wasInside = state === 'inside';
          state = 'left';
          if (wasInside) admit();
        },
      };
      function enter(): void {
        state = 'inside';
        inside += 1;
        begin(pass);
      }
      waiting.add(enter);
      admit();
      return pass;
    },
  };
}
