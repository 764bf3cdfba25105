/**
 * The daemons that everything else builds on, in the order in which they stop: after all others, one after another, whatever the
 * definitions say. GRAPH-014. They come up before the variables for all services can be trusted, and run without them. EXEC-023.
 */
export const platformDaemons = ['eventd', 'authd', 'lpsd', 'registryd'] as const;

/** The one that Phase 1 starts. It stays known without a definition in the registry. */
export const registrydKey = 'registryd' satisfies (typeof platformDaemons)[number];

/** The one that grants tokens. */
export const authdKey = 'authd' satisfies (typeof platformDaemons)[number];

/** The one that output and events are handed over to. */
export const eventdKey = 'eventd' satisfies (typeof platformDaemons)[number];

/** @param key the folded name */
export const isPlatformDaemon = (key: string): boolean => platformDaemons.some((daemon) => daemon === key);
