import type { RegistryVerb } from './registry-verb.ts';

/** Commands that have commands of their own: `peiosctl registry get`. They are loaded when asked for: reading seeds takes a YAML parser. */
export interface VerbGroup {
  /** What completions say of it. */
  readonly text: string;
  readonly verbs: () => Promise<Readonly<Record<string, RegistryVerb>>>;
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
    text: 'Reports what could be better.',
    verbs: async () => (await import('./commands/analyze/index.ts')).analyzeVerbs,
  },
} as const satisfies Record<string, VerbGroup>;

export type VerbGroupName = keyof typeof verbGroups;

export const isVerbGroup = (name: string): name is VerbGroupName => Object.hasOwn(verbGroups, name);
