import type { Trespass } from './trespass.ts';
import { harmless } from './trespasses/harmless.ts';
import { kernel } from './trespasses/kernel.ts';
import { refused } from './trespasses/refused.ts';

/** Whatever somebody tries who may not. docs/threat-model.md has a row for each. */
export const trespasses: readonly Trespass[] = [...refused, ...kernel, ...harmless];
