/**
 * Who is at the other end of a connection, by the ids that the kernel captured when it was made (SO_PEERCRED, SO_PEERGROUPS): nothing is
 * looked up by its pid, so it holds whatever becomes of the process, and also for one that got the connection from it. platform.md 6.4.
 */
import type { TokenSummary } from '../../../../gen/service/types.ts';
import type { Files, Sockets } from '../../../kernel/kernel.ts';
import type { Token } from '../../../security/token.ts';
import type { TokenSpec } from '../../../security/token-spec.ts';
import type { PeerIdentity, PeerReader } from '../../identity.ts';
import { anonymousToken, linuxToken, ownToken } from './principals.ts';
import { summaryOf } from './summary.ts';

/** A token that processes of this machine have. */
export interface KnownToken {
  readonly id: string;
  readonly spec: TokenSpec;
  readonly summary: TokenSummary;
}

export interface PeerParts {
  readonly kernel: Pick<Sockets & Files, 'peerCredentials' | 'peerGroups' | 'readFile'>;
  /** Whether that group is a mark of a token. Null: this machine has none, and nothing but uid 0. */
  readonly isTag: ((gid: number) => boolean) | null;
  /** Null: no living token has that tag. */
  readonly ofTag: (tag: number) => KnownToken | null;
  /**
   * Where there are no marks: whose process that is; null: of no service. Left out: whoever comes with uid 0 is SYSTEM, for nothing tells
   * them apart.
   */
  readonly ofProcess?: (pid: number) => KnownToken | null;
  /** What comes from outside of all services with uid 0 is SYSTEM. */
  readonly rootIsSystem: boolean;
  /** Ids that no process should have: it counts as nobody. */
  readonly tampered: (what: string) => void;
}

/** What all ids look like that the user namespace of this process does not map; where it maps all, somebody's own. */
const overflow = 65534;
const wholeMap = /^\s*0\s+0\s+4294967295\s*$/;

/** Users from outside that are remembered. */
const mostRemembered = 256;

export function createPeerReader(parts: PeerParts): PeerReader {
  const { kernel, isTag } = parts;
  /** By their ids: what a token was found to be allowed once is known for the next connection of the same user. */
  const remembered = new Map<string, Token>();
  const map = kernel.readFile('/proc/self/uid_map', 4096);
  const mapsAll = typeof map !== 'number' && wholeMap.test(new TextDecoder().decode(map));

  function userOfLinux(uid: number, gids: readonly number[]): Token {
    const ids = `${uid} ${gids.join(' ')}`;
    const known = remembered.get(ids);
    if (known !== undefined) return known;
    const token = linuxToken(uid, gids);
    if (remembered.size >= mostRemembered) remembered.clear();
    remembered.set(ids, token);
    return token;
  }

  function fromOutside(uid: number, gids: readonly number[], isSystem: boolean): Token {
    if (uid === 0 && isSystem) return ownToken;
    return uid === overflow && !mapsAll ? anonymousToken : userOfLinux(uid, gids);
  }

  return (fd) => {
    const credentials = kernel.peerCredentials(fd);
    if (typeof credentials === 'number') return null;
    const { pid, uid, gid } = credentials;
    const none = (token: Token): PeerIdentity => ({ token, tokenId: null, spec: null, pid, uid, summary: summaryOf(token, null) });
    const known = ({ id, spec, summary }: KnownToken): PeerIdentity => ({ token: spec.token, tokenId: id, spec, pid, uid, summary });
    const tampered = (what: string): PeerIdentity => {
      parts.tampered(`a connection of process ${pid} (uid ${uid}) counts as that of nobody: ${what}`);
      return none(anonymousToken);
    };

    // Nobody else can ever have that pid: with process 1 everything ends.
    if (pid === 1 && uid === 0) return none(ownToken);
    if (isTag === null) {
      const found = parts.ofProcess?.(pid) ?? null;
      return found === null ? none(fromOutside(uid, [gid], parts.rootIsSystem || parts.ofProcess === undefined)) : known(found);
    }
    const groups = kernel.peerGroups(fd);
    if (typeof groups === 'number') return null;
    const [tag, second] = [gid, ...groups].filter(isTag);
    if (tag === undefined) return none(fromOutside(uid, [gid, ...groups], parts.rootIsSystem));
    if (second !== undefined) return tampered(`it has the marks of two tokens (groups ${tag} and ${second})`);
    const found = parts.ofTag(tag);
    if (found === null) return tampered(`its mark (group ${tag}) is that of no living token`);
    if (found.spec.uid !== uid) return tampered(`its mark (group ${tag}) is that of a token with uid ${found.spec.uid}`);
    return known(found);
  };
}
