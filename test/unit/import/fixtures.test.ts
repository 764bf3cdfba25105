/**
 * What published units and programs become, word for word. After a change that is meant, `STORE=1 node test/unit/import/fixtures.test.ts`
 * stores it anew; read the difference.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { keysOf } from '../../../clients/peiosctl/import/seed.ts';
import { decodeDefinition } from '../../../src/policy/definition/decode.ts';
import type { RegistryValue } from '../../../src/registry/value.ts';
import { readSeed } from '../../../src/seed/read-seed.ts';
import { writeSeed } from '../../../src/seed/write-seed.ts';
import { convert, fixtures, printed, read, sets } from './support.ts';

for (const [name, { kind, files }] of Object.entries(sets)) {
  t.test(`${kind}: ${name} becomes what is stored`, async (t) => {
    const text = printed(convert(kind, files.map(read)));
    const stored = `${fixtures}/${name}.expected.txt`;
    if (process.env['STORE'] === '1') writeFileSync(stored, text);
    t.equal(text, readFileSync(stored, 'utf8'));
  });

  t.test(`${kind}: ${name} is a seed file whose definitions are all in order`, async (t) => {
    const seed = await readSeed('out.yaml', writeSeed(keysOf(convert(kind, files.map(read)).services), 'yaml'));
    t.ok(seed.length > 0);
    for (const { path, values } of seed.filter((key) => key.path.includes('Services'))) {
      const decoded = decodeDefinition({
        name: path.at(-1) ?? '',
        values: values.map(({ name: value, type, data }) => ({ name: value, type, data }) as RegistryValue),
      });
      const found = decoded.findings.map(({ kind: how, field }) => `${how} ${field}`);
      t.strictSame(found, [], path.join('/'));
    }
  });
}
