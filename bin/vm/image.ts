import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { scripts } from './agent.ts';

const sizeMiB = 768;

/** An ext4 image of a directory; nothing is mounted. */
export function buildImage(root: string, image: string): void {
  rmSync(image, { force: true });
  writeFileSync(image, '');
  truncateSync(image, sizeMiB * 1024 * 1024);
  execFileSync('mkfs.ext4', ['-q', '-F', '-d', root, image], { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** Puts a command into an image that was made before, or takes the earlier one away. */
export function replaceCommand(image: string, command: readonly string[] | null, token: string): void {
  const directory = mkdtempSync(join(tmpdir(), 'peinit-vm-'));
  try {
    for (const [index, [path, text]] of scripts(command ?? [], token).entries()) {
      debugfs(image, `rm /${path}`);
      if (command === null) continue;
      const file = join(directory, String(index));
      writeFileSync(file, text);
      debugfs(image, `write ${file} /${path}`);
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const debugfs = (image: string, request: string): void => void execFileSync('debugfs', ['-w', '-R', request, image], { stdio: 'ignore' });
