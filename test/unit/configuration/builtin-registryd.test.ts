import t from 'tap';
import { builtinRegistryd, withRegistryd } from '../../../src/configuration/builtin-registryd.ts';
import { decodeDefinition } from '../../../src/policy/definition/decode.ts';

t.test('BOOT-013 BOOT-079 the built-in registryd needs no registry', async (t) => {
  const decoded = decodeDefinition(builtinRegistryd);
  t.strictSame(decoded.findings, []);
  t.match(decoded.definition, {
    imagePath: '/usr/sbin/registryd',
    identity: 'SYSTEM',
    readiness: 'Notify',
    errorControl: 'Critical',
    startTimeout: 30,
  });
  t.strictSame(decoded.definition?.arguments, []);
});

t.test('BOOT-078 an entry of the registry lies over the built-in one, and a missing one does not remove it', async (t) => {
  const web = { name: 'web', values: [] };
  t.strictSame(
    withRegistryd([web]).map((each) => each.name),
    ['web', 'registryd'],
  );
  const merged = withRegistryd([{ name: 'RegistryD', values: [{ name: 'stoptimeout', type: 'DWORD', data: 3 }] }, web]);
  t.strictSame(
    merged.map((each) => each.name),
    ['RegistryD', 'web'],
  );
  t.match(decodeDefinition(merged[0]!).definition, { stopTimeout: 3, imagePath: '/usr/sbin/registryd', errorControl: 'Critical' });
});
