/** Names of services, and where they stand in texts. PSD-007 3.1, D-14. */

const legalName = /^[A-Za-z0-9._-]{1,128}$/;
const mountPrefix = 'mount:';

/** Of what peinit makes of a mount entry. */
export const isMountName = (name: string): boolean => name.startsWith(mountPrefix);

/** A name a key below Services may have: 1 to 128 characters of A-Z a-z 0-9 . _ - */
export const isServiceName = (name: string): boolean => legalName.test(name);

/** What dependency fields accept: a service name, or the name peinit gives a mount (`mount:` and an absolute path). */
export const isDependencyName = (name: string): boolean => isServiceName(name) || name.startsWith(`${mountPrefix}/`);

/** Of a part of a service: web/ExecStartPre[0], mount:/data//fsck. WIRE-041. */
export const originOf = (service: string, part: string): string => `${service}${isMountName(service) ? '//' : '/'}${part}`;

/**
 * The service that an origin of output belongs to: what stands before its first slash, of a mount before the first two at once, which no
 * mount point has. Empty: an ad-hoc job. WIRE-041.
 */
export function serviceOfOrigin(origin: string): string {
  if (origin.startsWith('jobs/')) return '';
  const end = origin.indexOf(isMountName(origin) ? '//' : '/');
  return end === -1 ? origin : origin.slice(0, end);
}

/**
 * The form in which names are compared, a service's key: services differ not by case alone, mounts do as their paths do. Nothing else folds
 * names of services.
 */
export const foldName = (name: string): string => (isMountName(name) ? name : name.toLowerCase());

/** What is said of a service where its name stands before it already. */
export const withoutName = (detail: string, service: string): string =>
  [`service ${service} was skipped: `, `service ${service}: `, `service ${service} `].reduce(
    (text, named) => (text.startsWith(named) ? text.slice(named.length) : text),
    detail,
  );
