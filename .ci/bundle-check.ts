/**
 * PID 1's bundle holds the project's own code and nothing else: no protobuf runtime, typebox, koffi, yaml or any other package.
 * `node .ci/bundle-check.ts [METAFILE]` reads what esbuild wrote while bundling (build/meta/peinit.json) and ends with 1 otherwise.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The part of esbuild's metafile that is looked at. */
export interface Metafile {
  readonly inputs: Readonly<
    Record<string, { readonly imports: readonly { readonly path: string; readonly external?: boolean; readonly original?: string }[] }>
  >;
  readonly outputs: Readonly<Record<string, { readonly bytes: number; readonly inputs: Readonly<Record<string, unknown>> }>>;
}

/** One line for each package that is inside or required from outside, with the file that asked for it. */
export function packagesIn(metafile: Metafile): string[] {
  const found = new Map<string, string>();
  for (const [file, { imports }] of Object.entries(metafile.inputs)) {
    if (file.includes('node_modules/')) continue;
    for (const { path, external, original } of imports) {
      const inside = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1];
      if (inside !== undefined) found.set(inside, `${inside} is bundled, imported by ${file} as ${original ?? path}`);
      else if (external === true && !path.startsWith('node:')) found.set(path, `${path} is loaded at run time, imported by ${file}`);
    }
  }
  return [...found.values()].sort();
}

if (import.meta.main) {
  const file = process.argv[2] ?? join(import.meta.dirname, '../build/meta/peinit.json');
  if (!existsSync(file)) {
    console.log(`bundle-check: there is no ${file}: the bundle has not been built`);
    process.exit(1);
  }
  const metafile = JSON.parse(readFileSync(file, 'utf8')) as Metafile;
  const packages = packagesIn(metafile);
  for (const line of packages) console.log(line);
  for (const { bytes, inputs } of Object.values(metafile.outputs)) {
    console.log(`bundle-check: ${Math.ceil(bytes / 1024)} KB from ${Object.keys(inputs).length} files, ${packages.length} packages`);
  }
  process.exitCode = packages.length === 0 ? 0 : 1;
}
