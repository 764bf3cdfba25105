/** Descriptors as text: the language of Windows as libpeios has it, and what follows from it for what that has no words for. O-63. */
import type { SecurityDescriptor } from './descriptor.ts';
import type { SddlProblem } from './sddl/cursor.ts';
import { SddlError } from './sddl/cursor.ts';
import { parseDescriptor } from './sddl/parse.ts';

export type { SddlProblem } from './sddl/cursor.ts';
export { formatAce, formatDescriptor as formatSddl } from './sddl/format.ts';

export function parseSddl(text: string): SecurityDescriptor | SddlProblem {
  try {
    return parseDescriptor(text);
  } catch (error) {
    if (error instanceof SddlError) return { at: error.at, problem: error.message };
    throw error;
  }
}
