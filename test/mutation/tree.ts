/** Copies of the project in which mutants are tried; the work tree itself is never touched. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface Tree {
  readonly root: string;
  /** Runs `work` while `file` reads `text`. */
  with<T>(file: string, text: string, work: () => Promise<T>): Promise<T>;
}

export function makeTree(project: string, root: string): Tree {
  rmSync(root, { recursive: true, force: true });
  const { stdout, status } = spawnSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], {
    cwd: project,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  if (status !== 0) throw new Error('git does not list the files of the project');
  for (const file of stdout.split('\0')) {
    if (file === '' || !existsSync(join(project, file))) continue;
    mkdirSync(dirname(join(root, file)), { recursive: true });
    copyFileSync(join(project, file), join(root, file));
  }
  for (const name of ['node_modules', '.tap', '.cache'])
    if (existsSync(join(project, name))) symlinkSync(join(project, name), join(root, name));
  mkdirSync(join(root, 'build'));
  for (const name of readdirSync(join(project, 'build'))) {
    if (name !== 'mutation') symlinkSync(join(project, 'build', name), join(root, 'build', name));
  }
  return {
    root,
    async with(file, text, work) {
      const path = join(root, file);
      const original = readFileSync(path);
      writeFileSync(path, text);
      try {
        return await work();
      } finally {
        writeFileSync(path, original);
      }
    },
  };
}
