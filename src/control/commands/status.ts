import type { Handler } from '../context.ts';
import { statusOf } from '../status-shape.ts';

/** Command status: the state of one service. PSD-007 11.2, CMD-014. */
export const status: Handler<'status'> = ({ desk, service }) => statusOf(service, desk.clock.realtimeNs(), desk.aside(service));
