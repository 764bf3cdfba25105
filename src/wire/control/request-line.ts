import { errorCodes } from '../../../gen/control/facts.ts';
import type { ErrorCode } from '../../../gen/control/types.ts';
import { JsonFault, parseJsonLine } from '../../json/parser.ts';
import type { JsonObject } from '../../json/text.ts';
import type { LineReader } from '../line-reader.ts';
import { encodeRefusal } from '../refusal.ts';

/** Why a line is no request: the answer to it, and whether the connection is closed after that. PSD-007 11.1. */
export class RefusedLine {
  readonly text: string;
  readonly closes: boolean;

  /** `problem` is a clause without a full stop. */
  constructor(code: ErrorCode, problem: string, closes = errorCodes[code].closes) {
    this.text = encodeRefusal({ code, message: `${problem}. ${errorCodes[code].remedy}` });
    this.closes = closes;
  }
}

/** The line that the reader has found. */
export function requestIn({ bytes, start, end }: LineReader): JsonObject | RefusedLine {
  if (start === end) return new RefusedLine('MALFORMED_REQUEST', 'the line is empty', true);
  const request = parseJsonLine(bytes, start, end);
  return request instanceof JsonFault ? new RefusedLine('MALFORMED_REQUEST', `the line ${request.message}`) : request;
}

export const tooLong = (limit: number): RefusedLine =>
  new RefusedLine('REQUEST_TOO_LARGE', `the line is longer than ${limit} bytes (MaxRequestSize)`);

export const failedOn = (error: unknown): RefusedLine =>
  new RefusedLine('INTERNAL_ERROR', `peinit failed on this request: ${String(error)}`);
