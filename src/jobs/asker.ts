import type { Connection } from '../wire/control/protocol.ts';

/** Who asked for a job: a connection of the socket, or a request of the device. */
export type Asker<Peer> = Pick<Connection<Peer>, 'peer' | 'isHeard' | 'look' | 'stream' | 'send' | 'finish' | 'conclude'>;
