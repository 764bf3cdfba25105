/** Words of conditions and the bytes that they stand for. PSD-004 11. */

/** What the bytes of every condition begin with. */
export const magic = Uint8Array.of(0x61, 0x72, 0x74, 0x78);

/** Between two operands. */
export const relations: ReadonlyMap<string, number> = new Map([
  ['==', 0x80],
  ['!=', 0x81],
  ['<', 0x82],
  ['<=', 0x83],
  ['>', 0x84],
  ['>=', 0x85],
  ['Contains', 0x86],
  ['Any_of', 0x88],
  ['Not_Contains', 0x8e],
  ['Not_Any_of', 0x8f],
]);

/** Before an attribute. */
export const presence: ReadonlyMap<string, number> = new Map([
  ['Exists', 0x87],
  ['Not_Exists', 0x8d],
]);

/** Before SIDs. */
export const membership: ReadonlyMap<string, number> = new Map([
  ['Member_of', 0x89],
  ['Device_Member_of', 0x8a],
  ['Member_of_Any', 0x8b],
  ['Device_Member_of_Any', 0x8c],
  ['Not_Member_of', 0x90],
  ['Not_Device_Member_of', 0x91],
  ['Not_Member_of_Any', 0x92],
  ['Not_Device_Member_of_Any', 0x93],
]);

export const and = 0xa0;
export const or = 0xa1;
export const not = 0xa2;

export const literal = { int64: 0x04, text: 0x10, octets: 0x18, composite: 0x50, sid: 0x51 } as const;

/** Whose attribute it is; one without a prefix is local. */
export const attributes: ReadonlyMap<string, number> = new Map([
  ['@User.', 0xf9],
  ['@Resource.', 0xfa],
  ['@Device.', 0xfb],
  ['@Local.', 0xf8],
]);
export const localAttribute = 0xf8;

/** How a number was written: its sign and its base. */
export const signs: ReadonlyMap<string, number> = new Map([
  ['+', 1],
  ['-', 2],
  ['', 3],
]);
export const base = { octal: 1, decimal: 2, hexadecimal: 3 } as const;

/** Characters of an attribute's name; any other is written as % and four hexadecimal digits. */
export const plainName = /[A-Za-z0-9_.:/]/;
