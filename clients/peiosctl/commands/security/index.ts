import type { RegistryVerb } from '../../registry-verb.ts';
import { check } from './check.ts';
import { grant, revoke } from './grant.ts';
import { set } from './set.ts';
import { show } from './show.ts';

/** The commands of security, in the order of --help. Loaded when asked for. */
export const securityVerbs: Readonly<Record<string, RegistryVerb>> = { show, check, grant, revoke, set };
