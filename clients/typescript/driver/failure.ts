/** What the library threw, in the words of the driver protocol. */
import type { DriverReply } from '../../../gen/conformance/types.ts';
import {
  CancelledError,
  ConnectionError,
  ControlError,
  EventdError,
  NativeMissing,
  ProtocolError,
  RegistryCallError,
  SubmitRefused,
  TimeoutError,
} from '../index.ts';

export function replyOf(error: unknown): DriverReply {
  if (error instanceof ControlError || error instanceof EventdError || error instanceof SubmitRefused)
    return { error: { code: error.code, message: error.message } };
  if (error instanceof RegistryCallError) return { error: { code: error.error, message: error.message } };
  if (error instanceof ProtocolError) return { failed: { kind: 'protocol', message: error.message } };
  if (error instanceof ConnectionError) return { failed: { kind: 'connection', message: error.message } };
  if (error instanceof TimeoutError) return { failed: { kind: 'timeout', message: error.message } };
  if (error instanceof CancelledError) return { failed: { kind: 'cancelled', message: error.message } };
  if (error instanceof NativeMissing) return { unsupported: error.message };
  throw error;
}
