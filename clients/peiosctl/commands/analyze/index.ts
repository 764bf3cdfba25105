import type { RegistryVerb } from '../../registry-verb.ts';
import { security } from './security.ts';

/** The reports, in the order of --help. */
export const analyzeVerbs: Readonly<Record<string, RegistryVerb>> = { security };
