import type { Shim } from './shim.ts';

/**
 * The memory of process 1 follows what it holds, not what it has heard: noise of services leaves garbage that V8 would collect late, for
 * its limits grow with the machine's memory. So the heap is collected when it has grown by a fixed amount over what was in use after the
 * collection before. Not before the boot is over, and not once the machine is ending: a collection in the midst of either costs more than
 * it gives. What the allocator of C keeps then goes back to the kernel, and so does, once, the code that only the boot has run.
 */
export interface Heap {
  /** Bytes in use, garbage and what lies outside of the heap included. */
  used(): number;
  /** Garbage goes, and what is free goes back to the kernel. */
  collect(): void;
  /** What the boot alone needed goes back to the kernel. */
  settle(): void;
}

/** Turns between two looks, which take two microseconds: one turn full of requests leaves a megabyte or two behind. */
const turnsBetween = 4;
const leastGrowthBytes = 8 << 20;
/** Share of what is in use; a collection takes longer the more there is. */
const growthShare = 0.5;
/** More than that after the boot is worth a collection: it is what thousands of definitions left behind. */
const muchBytes = 24 << 20;

export interface LifeOfMachine {
  readonly isBooted: () => boolean;
  readonly isEnding: () => boolean;
}

/** To be called after each turn. */
export function createHeapKeeper(heap: Heap, { isBooted, isEnding }: LifeOfMachine): () => void {
  let turns = 0;
  let limit: number | null = null;

  const limitFrom = (used: number): number => used + Math.max(leastGrowthBytes, used * growthShare);

  return () => {
    if (limit === null) {
      if (!isBooted()) return;
      heap.settle();
      const used = heap.used();
      limit = used > muchBytes ? muchBytes : used + leastGrowthBytes;
    }
    if (++turns % turnsBetween !== 0 || isEnding()) return;
    if (heap.used() <= limit) return;
    heap.collect();
    limit = limitFrom(heap.used());
  };
}

/** That of this process; null: it was started without --expose-gc. */
export function ownHeap(native: Pick<Shim, 'releaseCode' | 'releaseHeap'>): Heap | null {
  const { gc } = globalThis;
  if (gc === undefined) return null;
  /** Taken when it is needed first, which is after the boot. */
  let v8: typeof import('node:v8') | null = null;
  return {
    used() {
      v8 ??= process.getBuiltinModule('node:v8');
      const { used_heap_size: inHeap, external_memory: outside } = v8.getHeapStatistics();
      return inHeap + outside;
    },
    collect() {
      gc();
      native.releaseHeap();
    },
    settle() {
      native.releaseHeap();
      native.releaseCode();
    },
  };
}
