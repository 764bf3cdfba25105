import type { Handler } from '../context.ts';
import { lifecycle, plain, statusNow } from '../lifecycle.ts';

/** Command stop: brings a service down. PSD-007 11.2, CMD-007. */
export const stop: Handler<'stop'> = (context, { wait }) =>
  lifecycle({ name: 'stop', acknowledge: plain, settled: statusNow }, context, wait);
