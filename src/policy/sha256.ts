/**
 * SHA-256 (FIPS 180-4) of a few bytes. Node's own needs its crypto module, which costs every start of PID 1 several milliseconds for a name
 * that hardly any machine has.
 */

/** First 32 bits of the fractional parts of the cube roots (`constants`) and square roots (`initial`) of the first primes. */
const constants = new Uint32Array(64);
const initial = new Uint32Array(8);

function fill(): void {
  let found = 0;
  for (let candidate = 2; found < 64; candidate++) {
    let prime = true;
    for (let divisor = 2; divisor * divisor <= candidate; divisor++) if (candidate % divisor === 0) prime = false;
    if (!prime) continue;
    if (found < 8) initial[found] = fractionBits(candidate ** (1 / 2));
    constants[found++] = fractionBits(candidate ** (1 / 3));
  }
}

const fractionBits = (root: number): number => ((root - Math.floor(root)) * 2 ** 32) >>> 0;
const rotate = (word: number, by: number): number => (word >>> by) | (word << (32 - by));

function padded(bytes: Uint8Array): DataView {
  const blocks = Math.ceil((bytes.length + 9) / 64);
  const data = new Uint8Array(blocks * 64);
  data.set(bytes);
  data[bytes.length] = 0x80;
  const view = new DataView(data.buffer);
  view.setUint32(data.length - 4, bytes.length * 8);
  return view;
}

function mix(hash: Uint32Array, view: DataView, offset: number, schedule: Uint32Array): void {
  const at = (index: number): number => schedule[index] ?? 0;
  for (let index = 0; index < 16; index++) schedule[index] = view.getUint32(offset + index * 4);
  for (let index = 16; index < 64; index++) {
    const [early, late] = [at(index - 15), at(index - 2)];
    const low = rotate(early, 7) ^ rotate(early, 18) ^ (early >>> 3);
    const high = rotate(late, 17) ^ rotate(late, 19) ^ (late >>> 10);
    schedule[index] = at(index - 16) + low + at(index - 7) + high;
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = hash;
  for (let index = 0; index < 64; index++) {
    const high = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const first = (h + high + ((e & f) ^ (~e & g)) + (constants[index] ?? 0) + at(index)) | 0;
    const low = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    const second = (low + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0];
  }
  for (const [index, word] of [a, b, c, d, e, f, g, h].entries()) hash[index] = (hash[index] ?? 0) + word;
}

/** Lower-case hexadecimal. */
export function sha256(bytes: Uint8Array): string {
  if (initial[0] === 0) fill();
  const hash = initial.slice();
  const schedule = new Uint32Array(64);
  const view = padded(bytes);
  for (let offset = 0; offset < view.byteLength; offset += 64) mix(hash, view, offset, schedule);
  return Array.from(hash, (word) => word.toString(16).padStart(8, '0')).join('');
}
