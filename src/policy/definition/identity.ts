/** Who a process runs as, as far as a name tells. PSD-007 3.3. */

const system = /^(?:SYSTEM|S-1-5-18)$/i;

/** SYSTEM is peinit's own to give; every other principal is for the authority. */
export const isSystemIdentity = (identity: string): boolean => system.test(identity);
