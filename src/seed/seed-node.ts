/** A seed file as read, JSON or YAML, each part with its line. */

export interface SeedEntry {
  readonly name: string;
  /** Line of the name. */
  readonly line: number;
  readonly node: SeedNode;
}

export type SeedNode = { readonly line: number } & (
  | { readonly kind: 'map'; readonly entries: readonly SeedEntry[] }
  | { readonly kind: 'list'; readonly items: readonly SeedNode[] }
  | { readonly kind: 'string'; readonly text: string }
  | { readonly kind: 'integer'; readonly value: bigint }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'null' }
  /** A number with fraction or exponent, a date: something no registry value is. */
  | { readonly kind: 'other'; readonly words: string }
);

/** Deeper than any seed needs. */
export const maxSeedDepth = 16;
