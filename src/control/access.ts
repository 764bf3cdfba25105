import { rights as rightBits } from '../../gen/options/facts.ts';
import type { Right } from '../../gen/options/types.ts';
import type { Sockets } from '../kernel/kernel.ts';

/** Who asks, and whether it may. PSD-007 3.4, 13. */

/** The client of a connection, judged once when it connected. SEC-029. */
export interface Caller {
  readonly pid: number;
  readonly uid: number;
  /** SID of the user. */
  readonly sid: string;
  readonly isSystem: boolean;
}

/** A caller in words, for the record. OP-004. */
export const summaryOf = ({ sid, pid }: Caller): string => `${sid} (process ${pid})`;

export type AccessVerdict = 'granted' | 'denied' | 'failed';

export interface Access {
  /** Null: it cannot be told who that is. */
  admit(fd: number): Caller | null;
  /** Whether it holds any right on anything now. Whoever holds none gets answers, but no stream, and its place goes first. O-33. */
  hasStanding(caller: Caller): boolean;
  /** Against the descriptor of a service; `service` as its definition spells it. */
  toService(caller: Caller, service: string, rights: number): AccessVerdict;
  /** Against the descriptor of the machine. */
  toMachine(caller: Caller, rights: number): AccessVerdict;
}

/** A refusal for the record. SEC-007. */
export interface Denial {
  readonly caller: Caller;
  /** Service, or null for the machine. */
  readonly service: string | null;
  readonly rightNames: readonly Right[];
  readonly requested: number;
  readonly granted: number;
}

export const queryStatus = rightBits.SERVICE_QUERY_STATUS;

/** Who may have the definitions read again may know what is wrong with any of them. */
export const mayKnowFindings = (access: Access, caller: Caller): boolean =>
  access.toMachine(caller, rightBits.SYSTEM_RELOAD_CONFIG) === 'granted';

const system = 'S-1-5-18';
/** Users of Linux as principals. */
const linuxUser = 'S-1-22-1-';

/** Where no descriptors are evaluated: uid 0 is SYSTEM and may do everything, nobody else may do anything. */
export function createSystemOnlyAccess(kernel: Pick<Sockets, 'peerCredentials'>): Access {
  const judge = (caller: Caller): AccessVerdict => (caller.isSystem ? 'granted' : 'denied');
  return {
    admit(fd) {
      const peer = kernel.peerCredentials(fd);
      if (typeof peer === 'number') return null;
      const isSystem = peer.uid === 0;
      return { pid: peer.pid, uid: peer.uid, sid: isSystem ? system : `${linuxUser}${peer.uid}`, isSystem };
    },
    hasStanding: (caller) => caller.isSystem,
    toService: judge,
    toMachine: judge,
  };
}
