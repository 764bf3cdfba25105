import t from 'tap';
import { formatTimestamp, formatTimestampOrNull, parseTimestamp } from '../../../src/wire/timestamp.ts';

t.test('WIRE-036 timestamps have exactly nine fractional digits and a trailing Z', async (t) => {
  t.equal(formatTimestamp(1_780_317_296_123_456_789n), '2026-06-01T12:34:56.123456789Z');
  t.equal(formatTimestamp(1_780_317_296_000_000_001n), '2026-06-01T12:34:56.000000001Z');
  t.equal(formatTimestamp(1_780_317_297_000_000_000n), '2026-06-01T12:34:57.000000000Z');
  t.equal(formatTimestamp(0n), '1970-01-01T00:00:00.000000000Z');
  t.equal(formatTimestamp(-1n), '1969-12-31T23:59:59.999999999Z');
  t.equal(formatTimestamp(253_402_300_799_999_999_999n), '9999-12-31T23:59:59.999999999Z');
  t.equal(formatTimestampOrNull(null), null);
  t.equal(formatTimestampOrNull(5n), '1970-01-01T00:00:00.000000005Z');
});

t.test('WIRE-036 a timestamp is read as it was written, and nothing else is one', async (t) => {
  for (const ns of [0n, 1n, -1n, 1_780_317_296_123_456_789n, 253_402_300_799_999_999_999n]) {
    t.equal(parseTimestamp(formatTimestamp(ns)), ns);
  }
  for (const text of [
    '',
    '2026-06-01T12:34:56Z',
    '2026-06-01T12:34:56.12345678Z',
    '2026-06-01 12:34:56.123456789Z',
    '2026-13-01T12:34:56.123456789Z',
  ]) {
    t.equal(parseTimestamp(text), null, text);
  }
});
