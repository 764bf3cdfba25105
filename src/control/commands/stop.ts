import type { StopResponse } from '../../../gen/control/types.ts';
import type { OperationRecord } from '../../policy/operation.ts';
import type { Handler } from '../context.ts';
import type { Acknowledgement } from '../lifecycle.ts';
import { lifecycle, statusNow } from '../lifecycle.ts';

/** Command stop: brings a service down. PSD-007 11.2, CMD-007. */
export const stop: Handler<'stop'> = (context, { wait }) => lifecycle({ name: 'stop', acknowledge, settled: statusNow }, context, wait);

/** O-25. */
const acknowledge = (acknowledgement: Acknowledgement, ended: OperationRecord | null): StopResponse =>
  ended === null || ended.forced === null ? acknowledgement : { ...acknowledgement, forced: true };
