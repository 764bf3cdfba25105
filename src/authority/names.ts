/** Names of principals, and of what numbers are given to. */

import { foldName } from '../registry/folding.ts';
import { principalNamed } from '../security/well-known.ts';

/** What programs of Linux take for the name of a user or group. */
const legalName = /^[a-z_][a-z0-9_-]{0,30}$/;

/** Null: an account or group may be called that. */
export function nameProblem(name: string): { readonly what: string; readonly remedy: string } | null {
  if (!legalName.test(name))
    return {
      what: 'is no name of an account or group',
      remedy: 'Names have 1 to 31 characters of a-z 0-9 _ -, the first one no digit or -.',
    };
  if (principalNamed(name) !== null) return { what: 'is the name of a principal that every machine has', remedy: 'Take another name.' };
  return null;
}

/** The principals that have a uid for each service. O-31. */
export type ServiceAccount = 'LocalService' | 'NetworkService';

/** Whose a number is: the name of its value below Ids. A service's name in one form, as services are the same in any case of letters. */
export const serviceAccountSubject = (account: ServiceAccount, service: string | null): string =>
  service === null ? account : `${account}/${foldName(service)}`;

export const servicePrefix = 'service:';
export const serviceGroupSubject = (service: string): string => `${servicePrefix}${foldName(service)}`;

export const unixPrefix = 'unix:';

/** What follows a prefix, in any case of its letters; null: it does not begin with it. */
export const afterPrefix = (text: string, prefix: string): string | null =>
  text.slice(0, prefix.length).toLowerCase() === prefix ? text.slice(prefix.length) : null;
