import { encodeAuthorityErrorResponse } from '../../../../gen/authority/encode.ts';
import { requests } from '../../../../gen/authority/requests.ts';
import type { AuthorityError, TokenRequest } from '../../../../gen/authority/types.ts';
import { Refused } from '../../../authority/refused.ts';
import { JsonFault, parseJsonLine } from '../../../json/parser.ts';

/** From a line to a request, and from a refusal to a line. */

export const errorLine = (code: AuthorityError, message: string): string =>
  encodeAuthorityErrorResponse({ status: 'error', code, message });

export const refusalLine = ({ code, message }: Refused): string => errorLine(code, message);

/** Longest name of a service, as long as a name in the registry. */
const longestService = 240;

/** The request of a line, or why it is none. */
export function parseRequest(bytes: Buffer, start: number, end: number): TokenRequest | Refused {
  const parsed = parseJsonLine(bytes, start, end);
  if (parsed instanceof JsonFault) return new Refused('INVALID_REQUEST', `the line ${parsed.message}`);
  const wrong = requests.token.members.find((member) => !member.check(parsed[member.name]));
  if (wrong !== undefined) return new Refused('INVALID_REQUEST', `the member ${wrong.name} must be ${wrong.expected}`);
  // The members' own checks say all there is.
  const request = parsed as unknown as TokenRequest;
  const { service } = request;
  const isName = service === undefined || (service !== '' && Buffer.byteLength(service) <= longestService && !/[\p{Cc}]/u.test(service));
  return isName ? request : new Refused('INVALID_REQUEST', `the member service must be a name of 1 to ${longestService} bytes`);
}
