import { join } from 'node:path';
import { build } from 'esbuild';
import t from 'tap';
import type { Metafile } from '../../../.ci/bundle-check.ts';
import { packagesIn } from '../../../.ci/bundle-check.ts';
import { matchEach } from '../../support/lists.ts';

const project = join(import.meta.dirname, '../../..');

async function packagesOf(source: string, external: string[] = []): Promise<string[]> {
  const { metafile } = await build({
    absWorkingDir: project,
    stdin: { contents: source, resolveDir: project, sourcefile: 'entry.ts', loader: 'ts' },
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    external,
    metafile: true,
  });
  return packagesIn(metafile as Metafile);
}

t.test('a protobuf runtime in a bundle is found and named with the file that imports it', async (t) => {
  const found = await packagesOf("import { fromBinary } from '@bufbuild/protobuf';\nconsole.log(fromBinary);\n");
  t.same(found, ['@bufbuild/protobuf is bundled, imported by entry.ts as @bufbuild/protobuf']);
});

t.test('typebox and yaml are found, also when only a part of them is imported', async (t) => {
  const found = await packagesOf("import Type from 'typebox';\nimport { parse } from 'yaml';\nconsole.log(Type, parse);\n");
  matchEach(t, found, [/^typebox is bundled/, /^yaml is bundled/]);
});

t.test('a package left to run time is found as well', async (t) => {
  t.same(await packagesOf("import koffi from 'koffi';\nconsole.log(koffi);\n", ['koffi']), [
    'koffi is loaded at run time, imported by entry.ts',
  ]);
});

t.test("node's own modules and types of packages are no packages in a bundle", async (t) => {
  t.same(
    await packagesOf(
      "import { constants } from 'node:fs';\nimport type { Document } from 'yaml';\nexport const d: " +
        'Document | number = constants.O_RDONLY;\n',
    ),
    [],
  );
});
