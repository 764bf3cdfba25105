/**
 * Numbers that are given as uid or gid. The small ones come first: they are there in a container with 65536 ids, whose upper quarter may
 * be tags (platform.md 6.2), and above what distributions and people give out. O-79.
 */
export interface IdRange {
  readonly first: number;
  readonly last: number;
}

export const smallIds: IdRange = { first: 40_000, last: 48_999 };
/** Below the tags of a machine whose ids are all mapped. */
export const largeIds: IdRange = { first: 0x4000_0000, last: 0x4fff_ffff };

const within = ({ first, last }: IdRange, id: number): boolean => id >= first && id <= last;

export const isGiven = (id: number): boolean => within(smallIds, id) || within(largeIds, id);

/** What the kernel of this machine makes of ids. */
export interface IdRules {
  /** Whether it exists here. */
  readonly isMapped: (id: number) => boolean;
  /** Whether that group marks processes (PID 1 gives it): nobody else may be in it. */
  readonly isTag: (gid: number) => boolean;
}
