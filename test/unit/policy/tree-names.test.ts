import t from 'tap';
import { serviceOfTree, treeName } from '../../../src/policy/tree-names.ts';

t.test('EXEC-002 EXEC-003 EXEC-039 a tree has the name of its service, with other bytes percent-encoded', async (t) => {
  t.equal(treeName('web.gen1', 0), 'web.gen1');
  t.equal(treeName('web', 2), 'web@gen2');
  t.equal(treeName('mount:/dätä', 0), 'mount%3A%2Fd%C3%A4t%C3%A4');
  t.match(treeName('x'.repeat(201), 0), /^x{150}%[0-9a-f]{16}$/);
});

t.test('EXEC-039 names that would be the machine itself or a file of the kernel are names of their own', async (t) => {
  t.equal(treeName('.', 0), '%2E');
  t.equal(treeName('..', 1), '%2E%2E@gen1');
  t.equal(treeName('cgroup.kill', 0), 'cgroup%2Ekill');
  t.equal(treeName('memory.max', 0), 'memory%2Emax');
  for (const name of ['...', '.hidden', 'cgroups.kill', 'memory', 'a..b']) t.equal(treeName(name, 0), name);
});

t.test('PRIN-006 the name of a tree can be read back, unless it was too long', async (t) => {
  for (const service of ['web', 'io.reader', 'mount:/dätä', 'mount:/a b%41', '..']) t.equal(serviceOfTree(treeName(service, 0)), service);
  t.equal(serviceOfTree(treeName(`mount:/${'x'.repeat(300)}`, 0)), null);
});
