import { sha256 } from './sha256.ts';

/**
 * Names of cgroup trees: the name of the service with every byte outside A-Z a-z 0-9 . _ - percent-encoded, and `@gen<N>` for the
 * generations after a tree that could not be emptied. Names that cannot be those of a cgroup lose their dots in the same way: `..` would be
 * the machine itself. No legal service name contains % or @. EXEC-002, EXEC-003, EXEC-039.
 */
export function treeName(service: string, generation: number): string {
  const base = escaped(service);
  return generation === 0 ? base : `${base}@gen${generation}`;
}

const plain = /^[A-Za-z0-9._-]+$/;
/** What is no directory of its own, and what the kernel's own files in a cgroup may be called. */
const taken = /^\.{1,2}$|^(cgroup|cpu|cpuset|debug|dmem|hugetlb|io|irq|memory|misc|perf_event|pids|rdma)\./;
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
  if (taken.test(name)) return name.replaceAll('.', '%2E');
  if (name.length <= longest) return name;
  const digest = sha256(bytes);
  return `${name.slice(0, keptOfLong)}%${digest.slice(0, 16)}`;
}

/** The service that a name without its generation is that of; null: the name was too long, and cannot be read back. */
export function serviceOfTree(tree: string): string | null {
  if (tree.length > keptOfLong && cutOff.test(tree.slice(keptOfLong))) return null;
  const bytes = Array.from(tree.matchAll(/%([0-9A-F]{2})|./gs), ([one, code]) =>
    code === undefined ? one.charCodeAt(0) : Number.parseInt(code, 16),
  );
  return Buffer.from(bytes).toString();
}

const cutOff = /^%[0-9a-f]{16}$/;
