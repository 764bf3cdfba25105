import { createHash } from 'node:crypto';
import fc from 'fast-check';
import t from 'tap';
import { sha256 } from '../../../src/policy/sha256.ts';

t.test('the digest is that of any other SHA-256, for every length around a block', async (t) => {
  const expected = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
  for (let length = 0; length <= 200; length++) {
    const bytes = new Uint8Array(length).fill(length);
    t.equal(sha256(bytes), expected(bytes));
  }
  fc.assert(fc.property(fc.uint8Array({ maxLength: 1000 }), (bytes) => sha256(bytes) === expected(bytes)));
});
