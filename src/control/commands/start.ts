import type { Handler } from '../context.ts';
import { lifecycle, plain, statusNow } from '../lifecycle.ts';

/** Command start: brings a service up. PSD-007 11.2, CMD-005. */
export const start: Handler<'start'> = (context, { wait }) =>
  lifecycle({ name: 'start', acknowledge: plain, settled: statusNow }, context, wait);
