import type { Handler } from '../context.ts';
import { linesWanted, statusOf } from '../status-shape.ts';

/** Command status: the state of one service. PSD-007 11.2, CMD-014. */
export const status: Handler<'status'> = ({ desk, caller, service }, { lines, token }) =>
  statusOf(desk, caller, service, linesWanted(service, lines), token);
