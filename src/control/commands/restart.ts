import type { Handler } from '../context.ts';
import { lifecycle, nothingToDo, plain } from '../lifecycle.ts';

/** Command restart: brings a service down and up again under one operation. PSD-007 11.2, CMD-009. */
export const restart: Handler<'restart'> = (context, { wait }) =>
  lifecycle({ name: 'restart', acknowledge: plain, settled: nothingToDo('restart') }, context, wait);
