/** Values of members for examples. They tell the form of a line and no story: what they say together need not make sense. */
import type { FieldModel, MessageModel } from '../../model.ts';

/** JSON, with integers of any size. */
export type Sample = null | boolean | number | bigint | string | readonly Sample[] | { readonly [member: string]: Sample };

const timestamp = '2026-01-31T12:00:00.123456789Z';
const uuid = '0199c6a3-0c1e-7a54-9a3f-5c0d6b0e1f22';
/** What a JSON writer may get wrong: quotes, controls, and letters of two, three and four bytes. */
const hard = 'a "quoted" \\ back\\slash,\ttab, \u0001, é, 漢 and 🚀';

/** By the names of members. */
const named: { readonly [member: string]: string } = {
  service: 'web',
  services: 'web',
  name: 'ImagePath',
  path: 'Machine\\System\\Services\\web',
  event: 'service.state',
  origin: 'web/ExecStartPre[0]',
  operation: uuid,
  boot: uuid,
  jobs: uuid,
  at: timestamp,
  sid: 'S-1-5-18',
  timestamp,
  first_timestamp: timestamp,
  last_write: timestamp,
  security: 'AQAEgA==',
  raw: 'd2lsZCBieXRlcyD/',
  cursor: '0199c6a3:l:4711',
  after: '0199c6a3:l:4711',
};

/** For members of which nothing is known, and where a pattern or a length refuses the first ones. */
const anywhere = [hard, '/usr/sbin/nginx', timestamp, uuid, 'web', '0', 'a', ''];

/** The `variant`-th value of a string. */
export function sampleText(field: FieldModel, variant: number): string {
  const { member, wire, source } = field;
  const known = named[member] ?? (/_at$/.test(member) ? timestamp : /_id$|^id$/.test(member) ? uuid : undefined);
  const usual = [known, ...(variant % 2 === 0 ? anywhere : [...anywhere.slice(1), hard])].filter((one) => one !== undefined);
  const fits = (text: string): boolean => {
    const { maxLength = 0, pattern = '' } = wire ?? {};
    return (maxLength === 0 || text.length <= maxLength) && (pattern === '' || new RegExp(pattern, 'u').test(text));
  };
  const found = usual.find(fits);
  if (found === undefined)
    throw new Error(`${source.file}:${source.line}: no sample fits ${member}; add one to the samples of golden lines`);
  return found;
}

/** The bounds in turn, and something between. */
export function sampleInteger(field: FieldModel, variant: number): bigint | string {
  const { min, max } = field.wire?.range ?? { min: 0n, max: 0n };
  const values = [max, min, (min + max) / 2n];
  const value = values[variant % values.length] ?? max;
  return field.wire?.decimalString === true ? String(value) : value;
}

/** The data of a registry value, whose form its type tells. */
const byType: { readonly [type: string]: Sample } = {
  SZ: hard,
  EXPAND_SZ: '%HOME%/x',
  DWORD: 4294967295,
  QWORD: '18446744073709551615',
  MULTI_SZ: ['one', 'two'],
};
const base64 = 'AQID';

/** Free-form JSON. */
export function sampleJson(message: MessageModel, shape: 'value' | 'object', told: ReadonlyMap<string, Sample>): Sample {
  if (shape === 'object') return { KEY: 'value' };
  const type = told.get('type');
  const isRegistry = message.fields.some(({ member, type: kind }) => member === 'type' && kind.kind === 'enum');
  return isRegistry && typeof type === 'string' ? (byType[type] ?? base64) : 'anything';
}
