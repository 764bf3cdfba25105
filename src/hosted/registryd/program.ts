import { RegistryFailure } from '../../registry/failure.ts';
import type { Program } from '../daemon/process.ts';

export const program: Program = { name: 'registryd', isExpected: (error) => error instanceof RegistryFailure };
