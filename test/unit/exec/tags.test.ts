import t from 'tap';
import { createTags, tagRange, tagsOf } from '../../../src/exec/tags.ts';

t.test('O-65 tags lie far from all groups where the map of groups allows, else in the upper part of what it maps', async (t) => {
  for (const [map, range] of [
    ['         0          0 4294967295\n', { first: 0x50000000, last: 0x5fffffff }],
    ['0 100000 65536\n', { first: 49151, last: 65533 }],
    ['0 1000 1\n1 100000 65536\n', { first: 49151, last: 65533 }],
    ['0 1000 1\n', null],
    ['0 1000 4\n', { first: 3, last: 3 }],
    ['', null],
  ] as const)
    t.strictSame(tagRange(map), range, map);
});

t.test('O-65 no tag comes again before all were had, then the one that is free the longest; null while none is', async (t) => {
  const tags = tagsOf({ first: 7, last: 9 });
  t.strictSame([tags.take(), tags.take()], [7, 8]);
  tags.give(8);
  tags.give(7);
  t.strictSame([tags.take(), tags.take(), tags.take(), tags.take()], [9, 8, 7, null]);
  t.strictSame(
    [6, 7, 9, 10].map((gid) => tags.includes(gid)),
    [false, true, true, false],
  );
});

t.test('O-65 without the right to set groups there are no tags', async (t) => {
  const files: Record<string, string> = { '/proc/self/gid_map': '0 0 4294967295\n' };
  const kernel = (capabilities: bigint, more: Record<string, string> = {}) => ({
    capabilities: () => capabilities,
    readFile: (path: string) => new TextEncoder().encode({ ...files, ...more }[path] ?? ''),
  });
  t.equal(createTags(kernel(1n << 6n))?.take(), 0x50000000);
  t.equal(createTags(kernel(1n << 6n, { '/proc/self/setgroups': 'allow\n' }))?.take(), 0x50000000);
  t.equal(createTags(kernel(~(1n << 6n))), null);
  t.equal(createTags(kernel(1n << 6n, { '/proc/self/setgroups': 'deny\n' })), null);
  t.equal(createTags(kernel(1n << 6n, { '/proc/self/gid_map': '0 1000 1\n' })), null);
});
