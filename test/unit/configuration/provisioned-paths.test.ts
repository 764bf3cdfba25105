import t from 'tap';
import { decodePaths } from '../../../src/configuration/provisioned-paths.ts';
import type { RegistryValue } from '../../../src/registry/value.ts';

const text = (name: string, data: string): RegistryValue => ({ name, type: 'SZ', data });
const number = (name: string, data: number): RegistryValue => ({ name, type: 'DWORD', data });

t.test('BOOT-080 KEY-017 each child is an entry by its values, which are compared without case; deeper keys are none', async (t) => {
  const security = new Uint8Array([1, 2]);
  const entries = decodePaths([
    { path: '', values: [text('Kind', 'file')] },
    { path: 'web', values: [text('kind', 'directory'), text('PATH', '/srv//web///'), number('Required', 1)] },
    { path: 'web\\below', values: [] },
    { path: 'log', values: [text('Kind', 'file'), text('Path', '/log'), { name: 'Security', type: 'BINARY', data: security }] },
  ]);
  t.strictSame(entries, [
    { kind: 'wanted', name: 'web', required: true, wish: { kind: 'directory', path: '/srv//web', security: null } },
    { kind: 'wanted', name: 'log', required: false, wish: { kind: 'file', path: '/log', security } },
  ]);
});

t.test('BOOT-082 what is wrong with an entry is told whole, and whether it is required where that can be read', async (t) => {
  const key = 'Machine\\System\\Init\\ProvisionedPaths';
  const entries = decodePaths([
    { path: 'both', values: [text('Kind', 'Directory'), number('Required', 1)] },
    { path: 'twice', values: [text('Kind', 'file'), text('Path', '/a'), text('path', '/b')] },
    { path: 'flag', values: [text('Kind', 'file'), text('Path', '/a'), number('Required', 2)] },
    { path: 'locked', values: [], denied: true },
  ]);
  t.strictSame(entries, [
    {
      kind: 'malformed',
      name: 'both',
      required: true,
      message:
        `${key}\\both\\Kind "Directory" is no kind of a provisioned path. Write directory or file. ` +
        `${key}\\both\\Path is missing. Where it is. Set it, or delete the key.`,
    },
    {
      kind: 'malformed',
      name: 'twice',
      required: false,
      message: `${key}\\twice\\Path is there more than once. Keep one; names of values are compared without case.`,
    },
    {
      kind: 'malformed',
      name: 'flag',
      required: false,
      message: `${key}\\flag\\Required is 2, but must be 0 or 1. Correct it, or remove the value for the default, 0.`,
    },
    {
      kind: 'malformed',
      name: 'locked',
      required: false,
      message: `${key}\\locked does not let SYSTEM read it. Change the security of the key.`,
    },
  ]);
});
