/** Definitions of services as tests write them. */

/** A registry: key path to values, as seed files have it. */
export type Registry = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

const services = 'Machine\\System\\Services\\';

/** Services by name as a registry. Identity is SYSTEM unless a service says otherwise. */
export const withServices = (definitions: Readonly<Record<string, Readonly<Record<string, unknown>>>>): Registry =>
  Object.fromEntries(Object.entries(definitions).map(([name, values]) => [`${services}${name}`, { Identity: 'SYSTEM', ...values }]));

/** A program as a one-line shell script. */
export const shell = (script: string): { readonly ImagePath: string; readonly Arguments: readonly string[] } => ({
  ImagePath: '/bin/sh',
  Arguments: ['-c', script],
});
