/** The identity a process gets, or why it gets none. */
export type Identity = { readonly ok: true } | { readonly ok: false; readonly message: string };

/** Turns the Identity of a definition into what a process runs with. PSD-007 3.3. */
export interface Identities {
  materialise(name: string): Identity;
}

const system = /^(SYSTEM|S-1-5-18)$/i;

/** SYSTEM is peinit's own to give; every other principal needs the authority, which is not there as long as authd is not. BOOT-045. */
export function createIdentities(): Identities {
  return {
    materialise(name) {
      if (system.test(name)) return { ok: true };
      return {
        ok: false,
        message: `no token for Identity "${name}": the authority (authd) is not available; set Identity to SYSTEM or make authd available`,
      };
    },
  };
}
