/** The claim in a resource attribute, checked for being whole; conditions that could ask for it are not evaluated. PSD-004 3.2. */
import { slice, u16, u32 } from './bytes.ts';
import { refuse } from './malformed.ts';
import { sidPrefix } from './sid.ts';

const headerSize = 16;
/** Numbers of the types of values. */
export const claimType = { int64: 1, uint64: 2, text: 3, sid: 5, boolean: 6, octets: 16 } as const;

/** Refuses a claim that is not whole: its name and each of its values must lie inside. */
export function checkClaim(bytes: Uint8Array, ace: string): void {
  const what = `the claim of ${ace}`;
  slice(bytes, 0, headerSize, what);
  const type = u16(bytes, 4, what);
  const count = u32(bytes, 12, what);
  slice(bytes, headerSize, count * 4, what);
  checkText(bytes, u32(bytes, 0, what), what);
  for (let index = 0; index < count; index++) checkValue(bytes, type, u32(bytes, headerSize + index * 4, what), what);
}

function checkValue(bytes: Uint8Array, type: number, at: number, what: string): void {
  switch (type) {
    case claimType.int64:
    case claimType.uint64:
    case claimType.boolean:
      slice(bytes, at, 8, what);
      break;
    case claimType.text:
      checkText(bytes, u32(bytes, at, what), what);
      break;
    case claimType.sid:
      sidPrefix(bytes, u32(bytes, at, what), `a SID of ${what}`);
      break;
    case claimType.octets: {
      const start = u32(bytes, at, what);
      slice(bytes, start + 4, u32(bytes, start, what), what);
      break;
    }
    default:
      refuse(`${what} has values of the unknown type ${type}`);
  }
}

/** UTF-16 that ends with a zero; surrogates come in pairs. */
function checkText(bytes: Uint8Array, start: number, what: string): void {
  let high = false;
  for (let at = start; ; at += 2) {
    const unit = u16(bytes, at, what);
    const low = unit >= 0xdc00 && unit <= 0xdfff;
    if (low !== high) refuse(`${what} has a text with half a surrogate pair`);
    if (unit === 0) return;
    high = unit >= 0xd800 && unit <= 0xdbff;
  }
}
