/** Runs the plugin in this process on schemas that buf has compiled. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { create, fromBinary } from '@bufbuild/protobuf';
import type { FileDescriptorProto } from '@bufbuild/protobuf/wkt';
import { CodeGeneratorRequestSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { plugin } from '../../../spec/plugin/plugin.ts';

export const project = resolve(import.meta.dirname, '../../..');
export const fixtures = join(import.meta.dirname, 'fixtures');

/** PATH with the pinned Node and buf first. */
export const environment = { ...process.env, PATH: `${join(project, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}` };

/** The descriptors of a directory of schemas; the options come from the project. */
export function compile(directory: string): readonly FileDescriptorProto[] {
  const scratch = mkdtempSync(join(tmpdir(), 'generator-test-'));
  try {
    cpSync(directory, scratch, { recursive: true });
    cpSync(join(project, 'spec/peinit/options'), join(scratch, 'peinit/options'), { recursive: true });
    const image = execFileSync('buf', ['build', scratch, '-o', '-'], { env: environment, maxBuffer: 1 << 26 });
    return fromBinary(FileDescriptorSetSchema, image).file;
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

/** The files that the plugin prints for the schemas that `wanted` names, by path. Throws what the plugin throws. */
export function generate(files: readonly FileDescriptorProto[], wanted: (name: string) => boolean): ReadonlyMap<string, string> {
  const fileToGenerate = files.map(({ name }) => name).filter(wanted);
  const request = create(CodeGeneratorRequestSchema, { fileToGenerate, protoFile: [...files], parameter: 'target=ts,root=spec' });
  return new Map(plugin.run(request).file.map(({ name, content }) => [name, content]));
}

/** Paths of all files below a directory, relative to it. */
export const filesBelow = (directory: string): readonly string[] =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .sort();
