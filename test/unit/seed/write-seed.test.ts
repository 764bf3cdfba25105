import fc from 'fast-check';
import t from 'tap';
import { foldName } from '../../../src/registry/folding.ts';
import { defaultServiceSecurity } from '../../../src/security/defaults.ts';
import { encodeDescriptor } from '../../../src/security/descriptor.ts';
import { readSeed } from '../../../src/seed/read-seed.ts';
import type { SeedSourceKey } from '../../../src/seed/write-seed.ts';
import { writeSeed } from '../../../src/seed/write-seed.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 20 }).filter((each) => !each.includes('\0') && each.isWellFormed());
const rough = fc.oneof(
  text,
  fc.string({ unit: 'binary', maxLength: 8 }).filter((each) => each.isWellFormed() && !each.includes('\0')),
);
const word = fc.constantFrom(
  'true',
  'no',
  '~',
  'null',
  '1',
  '0x1',
  '.inf',
  '- a',
  'a: b',
  '#c',
  '*a',
  '&a',
  '!t',
  '|',
  '>',
  '%',
  '@',
  '`',
  'Oneshot',
  '',
  ' ',
  '\t',
);
const string = fc.oneof(rough, word);
const data = fc.oneof(
  string.map((each) => ({ type: 'SZ', data: each }) as const),
  string.map((each) => ({ type: 'EXPAND_SZ', data: each }) as const),
  fc
    .array(
      string.filter((each) => each !== ''),
      { maxLength: 4 },
    )
    .map((each) => ({ type: 'MULTI_SZ', data: each }) as const),
  fc.nat(0xffff_ffff).map((each) => ({ type: 'DWORD', data: each }) as const),
  fc.bigInt(0n, 2n ** 64n - 1n).map((each) => ({ type: 'QWORD', data: String(each) }) as const),
  fc
    .tuple(fc.constantFrom('NONE', 'BINARY', 'DWORD_BE', 'LINK'), fc.uint8Array({ maxLength: 9 }))
    .map(([type, bytes]) => ({ type, data: Buffer.from(bytes).toString('base64') }) as const),
);
const valueName = fc.oneof(string, fc.constantFrom('Type', 'Disabled', 'RestartPolicy', 'StartTimeout'));
const values = fc.uniqueArray(
  fc.tuple(valueName, data).map(([name, each]) => ({ name, ...each })),
  { selector: ({ name }) => foldName(name), maxLength: 6 },
);
const component = string.filter((each) => each !== '' && !/[\\/]/.test(each));
const path = fc.oneof(
  fc.array(component, { maxLength: 4 }).map((parts) => ['Machine', ...parts].join('\\')),
  component.map((name) => `Machine\\System\\Services\\${name}`),
);
const keys: fc.Arbitrary<SeedSourceKey[]> = fc.uniqueArray(fc.record({ path, values }), {
  selector: (key) => foldName(key.path),
  maxLength: 5,
});

for (const format of ['yaml', 'json'] as const) {
  t.test(`what is written as ${format} is read back as the same keys and values, also from a file without an ending`, async (t) => {
    const holds = fc.assert(
      fc.asyncProperty(keys, async (source) => {
        const written = writeSeed(source, format);
        const read = await readSeed('seed', written);
        const found = new Map(read.map((key) => [key.path.join('\\'), key.values]));
        if (found.size !== source.length) throw new Error(`${found.size} keys`);
        for (const key of source) {
          const byName = new Map(found.get(key.path)?.map(({ name, type, data }) => [name, { name, type, data }]));
          for (const value of key.values) t.same(byName.get(value.name), value);
          if (byName.size !== key.values.length) throw new Error(`${byName.size} values`);
        }
        // The order is that of the folded names, whatever it was.
        if (writeSeed([...source].reverse(), format) !== written) throw new Error('the order is not stable');
      }),
      { numRuns: 300 },
    );
    await t.resolves(holds, '300 registries');
  });
}

t.test('SEC-014 descriptors are exported as SDDL where it gives back their bytes, and as bytes elsewhere', async (t) => {
  const bytes = encodeDescriptor(defaultServiceSecurity);
  const exported = (path: string, name: string, data: Uint8Array) =>
    writeSeed([{ path, values: [{ name, type: 'BINARY', data: Buffer.from(data).toString('base64') }] }], 'yaml');
  const web = 'Machine\\System\\Services\\web';
  t.match(exported(web, 'ServiceSecurity', bytes), 'sddl: "O:SYG:SYD:(A;;0xf000f;;;SY)(A;;0x5;;;BA)"');
  t.match(exported('Machine\\System\\Init', 'ControlSecurity', bytes), 'sddl: "O:SY');
  t.match(exported(web, 'Other', bytes), 'hex: "01000480');
  t.match(exported(web, 'ServiceSecurity', bytes.subarray(1)), 'hex: "000480');
  const marked = Uint8Array.from(bytes);
  marked[3] = 0xc0; // a control bit that has no word
  t.match(exported(web, 'ServiceSecurity', marked), 'hex: "010004c0');
});
