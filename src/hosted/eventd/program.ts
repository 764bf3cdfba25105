import type { Program } from '../daemon/process.ts';

export const program: Program = { name: 'eventd', isExpected: () => false };
