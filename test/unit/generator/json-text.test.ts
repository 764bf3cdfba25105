import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import t from 'tap';
import type { JsonValue } from '../../../src/json/text.ts';
import { integer, json, list, quote } from '../../../src/json/text.ts';

t.test('any string comes back from its JSON text, lone surrogates as U+FFFD', async (t) => {
  const property = fc.property(fc.string({ unit: 'binary' }), (text) => JSON.parse(quote(text)) === text.toWellFormed());
  t.doesNotThrow(() => fc.assert(property));
  for (const text of ['', 'plain', '"', '\\', '\n', '\u0000', '\u007f', '\u2028', 'ä', '\ud83d\ude00', 'a\ud800b', '\udc00']) {
    t.equal(JSON.parse(quote(text)), text.toWellFormed(), encodeURIComponent(text.toWellFormed()));
  }
  t.equal(quote('a\ud800'), '"a\ufffd"');
});

t.test('JSON text never holds a raw line break', async (t) => {
  const property = fc.property(fc.string({ unit: 'binary' }), (text) => !/[\n\r]/.test(quote(text)));
  t.doesNotThrow(() => fc.assert(property));
  t.equal(quote('a\nb\r'), '"a\\nb\\r"');
});

t.test('integers are written in full digits', async (t) => {
  t.equal(integer(0), '0');
  t.equal(integer(-0), '0');
  t.equal(integer(-12), '-12');
  t.equal(integer(Number.MAX_SAFE_INTEGER), '9007199254740991');
  t.equal(integer(18446744073709551615n), '18446744073709551615');
  t.equal(integer(Number.NaN), 'null');
  t.equal(integer(Number.POSITIVE_INFINITY), 'null');
});

t.test('lists and free-form values come back from their JSON text', async (t) => {
  t.equal(list([], quote), '[]');
  t.equal(list(['a', 'b"'], quote), '["a","b\\""]');
  const property = fc.property(fc.jsonValue(), (value) =>
    isDeepStrictEqual(JSON.parse(json(value as JsonValue)), JSON.parse(JSON.stringify(value))),
  );
  t.doesNotThrow(() => fc.assert(property));
  t.equal(json({ z: 1n << 63n, left: undefined, a: [null, true, { '"': '' }] }), '{"z":9223372036854775808,"a":[null,true,{"\\"":""}]}');
});
