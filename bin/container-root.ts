/**
 * What the image of a container has of peinit, to be copied to its root: the runtime, its commands, and the registry with the base and the
 * given seed files. Everything else is the image's own.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { addRuntime, importSeeds, SeedsRefused } from './machine-files.ts';

const project = join(import.meta.dirname, '..');
const [directory, ...seeds] = process.argv.slice(2);

if (directory === undefined || directory.startsWith('-')) {
  process.stderr.write(
    'usage: container-root DIR [SEED FILE]...\n\nFills DIR with what the image of a container has of peinit: the runtime, its commands, ' +
      'and a registry\nwith the base and the given files (JSON or YAML). examples/container/Containerfile copies it.\n',
  );
  process.exit(directory === '--help' || directory === '-h' ? 0 : 2);
}

const root = resolve(directory);
try {
  // Nothing of an earlier one stays: neither a file of the runtime nor a value of the registry.
  for (const own of ['usr/lib/peinit', 'var/lib/registryd']) rmSync(join(root, own), { recursive: true, force: true });
  mkdirSync(root, { recursive: true });
  addRuntime(root, project);
  importSeeds(root, project, [join(project, 'build/runtime/base.yaml'), ...seeds]);
} catch (error) {
  if (!(error instanceof SeedsRefused)) throw error;
  process.exitCode = 2;
}
