import type { Verb } from '../../verb-groups.ts';
import { security } from './security.ts';

/** The reports, in the order of --help. */
export const analyzeVerbs: Readonly<Record<string, Verb>> = { security };
