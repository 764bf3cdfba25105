import { sha256 } from './sha256.ts';

/**
 * Names of cgroup trees: the name of the service with every byte outside A-Z a-z 0-9 . _ - percent-encoded, and `@gen<N>` for the
 * generations after a tree that could not be emptied. No legal service name contains % or @. EXEC-002, EXEC-003, EXEC-039.
 */
export function treeName(service: string, generation: number): string {
  const base = escaped(service);
  return generation === 0 ? base : `${base}@gen${generation}`;
}

const plain = /^[A-Za-z0-9._-]+$/;
const longest = 200;
const keptOfLong = 150;

function escaped(service: string): string {
  const bytes = Buffer.from(service);
  const name = plain.test(service)
    ? service
    : Array.from(bytes, (byte) => {
        const character = String.fromCharCode(byte);
        return plain.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
      }).join('');
  if (name.length <= longest) return name;
  const digest = sha256(bytes);
  return `${name.slice(0, keptOfLong)}%${digest.slice(0, 16)}`;
}
