import type { Program } from '../daemon/process.ts';

export const program: Program = { name: 'authd', isExpected: () => false };
