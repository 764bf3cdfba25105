import { encodeErrorResponse } from '../../gen/control/encode.ts';
import type { ErrorCode } from '../../gen/control/types.ts';

/** A refusal as a line of the control socket. Its message says what is wrong and what to do. PSD-007 11.1, WIRE-026. */
export const encodeRefusal = ({ code, message }: { readonly code: ErrorCode; readonly message: string }): string =>
  encodeErrorResponse({ status: 'error', code, message });

/** What came from outside, in quotes and short enough for a message. */
export const quoted = (text: string): string => JSON.stringify(text.length > 64 ? `${text.slice(0, 64)}...` : text);
