/** Names of services. PSD-007 3.1, D-14. */

const legalName = /^[A-Za-z0-9._-]{1,128}$/;
const mountPrefix = 'mount:';

/** A name a key below Services may have: 1 to 128 characters of A-Z a-z 0-9 . _ - */
export const isServiceName = (name: string): boolean => legalName.test(name);

/** What dependency fields accept: a service name, or the name peinit gives a mount (`mount:` and an absolute path). */
export const isDependencyName = (name: string): boolean => isServiceName(name) || name.startsWith(`${mountPrefix}/`);

/**
 * The form in which names are compared, a service's key: services differ not by case alone, mounts do as their paths do. Nothing else folds
 * names of services.
 */
export const foldName = (name: string): string => (name.startsWith(mountPrefix) ? name : name.toLowerCase());
