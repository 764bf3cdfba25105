import { errno } from '../../kernel/errno.ts';
import { createRealKernel } from '../../linux/real-kernel.ts';
import type { Shim } from '../../linux/shim.ts';
import { createPeerReader } from '../../platform/hosted/identity/peer.ts';
import type { MachineMarks } from '../../platform/hosted/identity/token-file.ts';
import { machinePath, readMarks, readToken } from '../../platform/hosted/identity/token-file.ts';
import type { PeerReader } from '../../platform/identity.ts';
import { RareLines } from './rare-lines.ts';

/**
 * Who is behind a descriptor, for the daemons of a machine: by the marks of tokens and what peinit wrote down of them, which only root may
 * read. `warn` is told of ids that no process should have.
 */
export function createIdentityReader(shim: Shim, warn: (text: string) => void): PeerReader {
  const kernel = createRealKernel(shim);
  const lines = new RareLines(warn);
  const { tags, rootIsSystem } = readMarks(kernel) ?? whereNoneAre(kernel.readFile(machinePath, 1) === -errno.ENOENT);
  return createPeerReader({
    kernel,
    isTag: tags === null ? null : (gid) => gid >= tags.first && gid <= tags.last,
    ofTag: (tag) => readToken(kernel, tag),
    rootIsSystem,
    tampered: (what) => lines.tell('', what),
  });
}

/** Without peinit root is SYSTEM, for it can do everything anyhow; marks that cannot be read vouch for nobody. */
const whereNoneAre = (isAlone: boolean): MachineMarks => ({
  tags: isAlone ? null : { first: 0, last: 0xffff_ffff },
  rootIsSystem: isAlone,
});
