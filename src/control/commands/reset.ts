import type { Handler } from '../context.ts';
import { lifecycle, plain, statusNow } from '../lifecycle.ts';

/** Command reset: clears failed, abandoned or skipped. PSD-007 11.2, CMD-013. */
export const reset: Handler<'reset'> = (context, { wait }) =>
  lifecycle({ name: 'reset', acknowledge: plain, settled: statusNow }, context, wait);
