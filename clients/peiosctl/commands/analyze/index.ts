import type { Verb } from '../../verb-groups.ts';
import { calendar } from './calendar.ts';
import { security } from './security.ts';

/** The reports, in the order of --help. */
export const analyzeVerbs: Readonly<Record<string, Verb>> = { calendar, security };
