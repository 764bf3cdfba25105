/** What a call can come to instead of its answer; refusals of the daemons are errors of their sockets. */

/** The connection could not be made, or ended before the answer came. */
export class ConnectionError extends Error {
  override name = 'ConnectionError';
}

/** The answer did not come within the time that the call was given. It is dropped when it comes; what was asked for may still happen. */
export class TimeoutError extends Error {
  override name = 'TimeoutError';
}

/** Whoever called gave up. The answer is dropped when it comes; what was asked for may still happen. */
export class CancelledError extends Error {
  override name = 'CancelledError';
}

/** What came is not what the protocol allows. */
export class ProtocolError extends ConnectionError {
  override name = 'ProtocolError';
  /** The member of the answer, as in `services[0].state`; empty: the line as a whole. */
  readonly member: string;
  readonly expected: string;
  readonly received: string;

  constructor(message: string, member: string, expected: string, received: string) {
    super(message);
    this.member = member;
    this.expected = expected;
    this.received = received;
  }
}

/** Somebody else listens there, so waiting for an answer is in vain, and so is trying again. */
export class ForeignSocket extends ProtocolError {}

export const foreignSocket = (path: string, daemon: string, usual: string, received = 'something else'): ForeignSocket =>
  new ForeignSocket(
    `${path} does not speak the protocol of ${daemon}; is it the right socket? The usual one is ${usual}`,
    '',
    `a line of ${daemon}`,
    received,
  );
