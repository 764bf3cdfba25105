/** SIDs in SDDL: an alias of two letters or the canonical text. */
import type { Sid } from '../sid.ts';
import { parseSid } from '../sid.ts';
import { aliasOf, domainAliases, sidOf } from './aliases.ts';
import type { Cursor } from './cursor.ts';

const longForm = /S-[0-9]+-(?:0x[0-9a-f]{1,12}|[0-9]+)(?:-[0-9]+)*/iy;
const alias = /[A-Za-z]{2}/y;

export function readSid(cursor: Cursor, what: string): Sid {
  const start = cursor.at;
  const long = cursor.match(longForm);
  if (long !== null) return parseSid(long) ?? cursor.fail(`${what}: ${long} is no SID; its numbers are too many or too great`, start);
  const short = cursor.match(alias)?.toUpperCase();
  if (short === undefined) return cursor.fail(`${what}: a SID is missing here; write an alias such as SY or BA, or S-1-...`);
  if (domainAliases.has(short)) return cursor.fail(`${what}: ${short} stands for a principal of a domain; write its SID`, start);
  return sidOf.get(short) ?? cursor.fail(`${what}: ${short} is no known alias (${[...sidOf.keys()].join(' ')}); write the SID`, start);
}

export const sidText = (sid: Sid): string => aliasOf.get(sid) ?? sid;
