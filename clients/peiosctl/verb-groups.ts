import type { Context } from './command.ts';
import type { Description } from './description.ts';
import type { Peer } from './options.ts';
import type { RegistryVerb } from './registry-verb.ts';

/** A command of a group: most speak to registryd. */
export type Verb = RegistryVerb | OtherVerb;

/** One that speaks to peinit, or to nobody (null). */
export interface OtherVerb extends Description {
  readonly peer: 'socket' | null;
  readonly run: (context: Context, words: readonly string[]) => Promise<number>;
}

/** Whom it speaks to. */
export const peerOf = (verb: Verb): Peer => (verb.peer === undefined ? 'registry-socket' : verb.peer);

/** Commands that have commands of their own: `peiosctl registry get`. They are loaded when asked for: reading seeds takes a YAML parser. */
export interface VerbGroup {
  /** What completions say of it. */
  readonly text: string;
  readonly verbs: () => Promise<Readonly<Record<string, Verb>>>;
}

export const verbGroups = {
  registry: {
    text: 'Looks at definitions and changes them.',
    verbs: async () => (await import('./commands/registry/index.ts')).registryVerbs,
  },
  principal: {
    text: 'Looks at accounts, groups and privileges, and changes them.',
    verbs: async () => (await import('./commands/principal/index.ts')).principalVerbs,
  },
  security: {
    text: 'Tells and changes who may do what.',
    verbs: async () => (await import('./commands/security/index.ts')).securityVerbs,
  },
  analyze: {
    text: 'Reports what could be better, and what will be.',
    verbs: async () => (await import('./commands/analyze/index.ts')).analyzeVerbs,
  },
} as const satisfies Record<string, VerbGroup>;

export type VerbGroupName = keyof typeof verbGroups;

export const isVerbGroup = (name: string): name is VerbGroupName => Object.hasOwn(verbGroups, name);
