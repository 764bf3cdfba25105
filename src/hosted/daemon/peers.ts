import type { PeerCredentials } from '../../kernel/kernel.ts';
import type { Shim } from '../../linux/shim.ts';

/** Who is behind a descriptor, by what the kernel attests (SO_PEERCRED); null: it cannot be told. */
export type PeerReader = (descriptor: number) => PeerCredentials | null;

export function createPeerReader(shim: Shim): PeerReader {
  const into = new Int32Array(3);
  return (descriptor) => {
    if (shim.peerCredentials(descriptor, into) < 0) return null;
    const [pid = -1, uid = -1, gid = -1] = into;
    return { pid, uid, gid };
  };
}
