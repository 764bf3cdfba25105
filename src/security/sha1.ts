/** SHA-1 (FIPS 180-4) of a few bytes. It names services (ID-007) and protects nothing; Node's own needs its crypto module. */

const rotate = (word: number, by: number): number => (word << by) | (word >>> (32 - by));

/** Four rounds of twenty steps: the function of each, and its constant. */
const rounds: readonly { readonly mix: (b: number, c: number, d: number) => number; readonly constant: number }[] = [
  { mix: (b, c, d) => (b & c) | (~b & d), constant: 0x5a827999 },
  { mix: (b, c, d) => b ^ c ^ d, constant: 0x6ed9eba1 },
  { mix: (b, c, d) => (b & c) | (b & d) | (c & d), constant: 0x8f1bbcdc },
  { mix: (b, c, d) => b ^ c ^ d, constant: 0xca62c1d6 },
];

function padded(bytes: Uint8Array): DataView {
  const data = new Uint8Array(Math.ceil((bytes.length + 9) / 64) * 64);
  data.set(bytes);
  data[bytes.length] = 0x80;
  const view = new DataView(data.buffer);
  view.setUint32(data.length - 8, Math.floor(bytes.length / 2 ** 29));
  view.setUint32(data.length - 4, bytes.length * 8);
  return view;
}

/** The five words of the hash, in the order in which the standard has them. */
export function sha1(bytes: Uint8Array): Uint32Array {
  const hash = Uint32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0);
  const view = padded(bytes);
  const schedule = new Uint32Array(80);
  const at = (index: number): number => schedule[index] ?? 0;
  for (let offset = 0; offset < view.byteLength; offset += 64) {
    for (let index = 0; index < 16; index++) schedule[index] = view.getUint32(offset + index * 4);
    for (let index = 16; index < 80; index++) schedule[index] = rotate(at(index - 3) ^ at(index - 8) ^ at(index - 14) ^ at(index - 16), 1);
    let [a = 0, b = 0, c = 0, d = 0, e = 0] = hash;
    for (const [round, { mix, constant }] of rounds.entries()) {
      for (let index = round * 20; index < round * 20 + 20; index++)
        [e, d, c, b, a] = [d, c, rotate(b, 30), a, (rotate(a, 5) + mix(b, c, d) + e + constant + at(index)) | 0];
    }
    for (const [index, word] of [a, b, c, d, e].entries()) hash[index] = (hash[index] ?? 0) + word;
  }
  return hash;
}
