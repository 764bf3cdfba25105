import { execFileSync } from 'node:child_process';
import { rmSync, truncateSync, writeFileSync } from 'node:fs';

const sizeMiB = 768;

/** An ext4 image of a directory; nothing is mounted. */
export function buildImage(root: string, image: string): void {
  rmSync(image, { force: true });
  writeFileSync(image, '');
  truncateSync(image, sizeMiB * 1024 * 1024);
  execFileSync('mkfs.ext4', ['-q', '-F', '-d', root, image], { stdio: ['ignore', 'ignore', 'inherit'] });
}
