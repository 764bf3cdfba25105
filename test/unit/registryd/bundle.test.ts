import { join } from 'node:path';
import { build } from 'esbuild';
import t from 'tap';

t.test('the program that serves holds no package, no seed reading and no tool: it is on the way of every boot', async (t) => {
  const { metafile } = await build({
    absWorkingDir: join(import.meta.dirname, '../../..'),
    entryPoints: ['src/hosted/registryd/main.ts'],
    bundle: true,
    platform: 'node',
    format: 'esm',
    write: false,
    metafile: true,
  });
  const inputs = Object.keys(metafile.inputs);
  t.ok(inputs.includes('src/hosted/registryd/serve/server.ts'));
  t.same(
    inputs.filter((input) => /node_modules|registryd\/(?:seed|tools)\/|gen\/(?:definition|settings|control)\//.test(input)),
    [],
  );
});
