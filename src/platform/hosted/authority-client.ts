/**
 * PID 1's side of the authority's wire: requests are sent as they come and answered in their order, each good answer with one descriptor.
 * The authority is asked and never waited for: whatever it does, or does not, fails the starts that asked and nothing else. O-30, O-76.
 */
import { isAuthorityErrorResponse, isTokenResponse } from '../../../gen/authority/check.ts';
import { encodeTokenRequest } from '../../../gen/authority/encode.ts';
import { authorityErrorFacts, endpoints } from '../../../gen/authority/facts.ts';
import { authorityLine } from '../../../gen/authority/lines.ts';
import type { TokenRequest, TokenResponse } from '../../../gen/authority/types.ts';
import { errno, errnoName } from '../../kernel/errno.ts';
import type { Clock, Descriptors, Sockets } from '../../kernel/kernel.ts';
import type { Loop, LoopDeadline } from '../../kernel/loop.ts';
import type { TokenSpec } from '../../security/token-spec.ts';
import { decodeTokenSpec } from '../../security/token-spec.ts';
import { createLineLink } from '../../wire/line-link.ts';

export type Granted = { readonly ok: true; readonly spec: TokenSpec; readonly account: TokenResponse };
/** `message`: what the authority did, and the next step for the administrator. */
export type AuthorityOutcome = Granted | { readonly ok: false; readonly message: string };

export interface AuthorityClient {
  /**
   * Answers once, never before this has returned, unless the request is taken back by calling what is returned. `accept` makes of a token
   * what is used of it, or says what is wrong with it in words that follow "it sent a token".
   */
  request(wish: TokenRequest, accept: (spec: TokenSpec) => TokenSpec | string, done: (outcome: AuthorityOutcome) => void): () => void;
  close(): void;
}

export interface AuthorityClientParts {
  readonly kernel: Sockets & Descriptors & Clock;
  readonly loop: Loop;
  readonly path?: string;
}

const deadlineMs = 5000;
/** Requests without an answer, those that nobody waits for any more included. */
const maxRequests = 1024;
const maxTokenBytes = 65536;
const maxUnsentBytes = 4 * 1024 * 1024;

interface Pending {
  readonly wish: TokenRequest;
  readonly accept: (spec: TokenSpec) => TokenSpec | string;
  readonly deadline: LoopDeadline;
  /** Null: nobody waits for the answer any more; its place in the order stays. */
  done: ((outcome: AuthorityOutcome) => void) | null;
}

const look = '`peiosctl status authd` tells more';
const anew = '`peiosctl restart authd` starts it anew';

export function createAuthorityClient({ kernel, loop, path = endpoints.authority.path }: AuthorityClientParts): AuthorityClient {
  /** In the order of their answers. */
  let pending: Pending[] = [];
  /** Of answers whose lines are not there yet. */
  const descriptors: number[] = [];
  let unsent: Pending[] = [];

  const link = createLineLink({
    kernel,
    loop,
    lane: 'control',
    path,
    name: 'authd',
    maxLine: endpoints.authority.maxLine,
    maxUnsentBytes,
    events: {
      opened(failure) {
        if (failure !== null) return failAll(`the authority (authd) is not available, ${failure}; ${look}`);
        for (const each of unsent.splice(0)) send(each);
      },
      descriptors(passed) {
        descriptors.push(...passed);
        refuseSurplus();
      },
      line: (bytes, start, end) => answered(bytes.toString('utf8', start, end)),
      lost: (reason) => failAll(`the authority (authd) was lost before it answered: ${reason}; ${look}`),
    },
  });

  function forgetDescriptors(): void {
    // What somebody else gave may take its time to close.
    for (const fd of descriptors.splice(0)) kernel.closeAside(fd);
  }

  /** Nothing that was asked will be answered. */
  function failAll(message: string): void {
    const failed = pending;
    reset([]);
    for (const each of failed) settle(each, { ok: false, message });
  }

  /** Begins anew with those requests. */
  function reset(left: Pending[]): void {
    link.close();
    forgetDescriptors();
    pending = left;
    unsent = [...left];
    if (left.length > 0) link.open();
  }

  /** It cannot be told any more which answer is whose: the request whose turn it was fails, the others are sent again. */
  function broken(what: string): void {
    const [first, ...others] = pending;
    reset(others.filter(({ done }) => done !== null));
    if (first !== undefined) settle(first, { ok: false, message: `the authority (authd) ${what}; ${anew}` });
  }

  /** None is kept for what has not been asked yet. */
  function refuseSurplus(): void {
    if (descriptors.length > pending.length) broken('sent more descriptors than it was asked for');
  }

  function settle(request: Pending, outcome: AuthorityOutcome): void {
    request.deadline.cancel();
    const { done } = request;
    request.done = null;
    done?.(outcome);
  }

  function send(request: Pending): void {
    if (!link.send(encodeTokenRequest(request.wish))) broken('takes no more requests');
  }

  function answered(text: string): void {
    const line = parse(text);
    const [request] = pending;
    if (request === undefined) return broken('answered what it was not asked');
    if (line === null) return broken(`sent what is no answer (${excerpt(text)})`);
    if (line.kind === 'failure') {
      const { code, message } = line.failure;
      pending.shift();
      refuseSurplus();
      return settle(request, {
        ok: false,
        message: `the authority (authd) refuses: ${message} (${code}). ${authorityErrorFacts[code].remedy}`,
      });
    }
    const fd = descriptors.shift();
    if (fd === undefined) return broken('answered without the descriptor of a token');
    const read = readToken(fd, request);
    if (typeof read === 'string') return broken(read);
    pending.shift();
    refuseSurplus();
    settle(request, { ok: true, spec: read, account: line.answer });
  }

  /** The token that a descriptor stands for, which is closed; or what the authority did. */
  function readToken(fd: number, { accept }: Pending): TokenSpec | string {
    const content = kernel.readSealed(fd, maxTokenBytes);
    // A file in memory closes at once.
    if (content === -errno.EINVAL) kernel.closeAside(fd);
    else kernel.close(fd);
    if (typeof content === 'number') return `sent a descriptor that is no token: ${unreadable(content)}`;
    const spec = decodeTokenSpec(content);
    if ('malformed' in spec) return `sent a token that is malformed: ${spec.malformed}`;
    const accepted = accept(spec);
    return typeof accepted === 'string' ? `sent a token ${accepted}` : accepted;
  }

  return {
    request(wish, accept, done) {
      if (pending.length >= maxRequests) {
        const message = `the authority (authd) has left ${maxRequests} requests unanswered; ${anew}`;
        let wanted = true;
        loop.defer(() => wanted && done({ ok: false, message }));
        return () => {
          wanted = false;
        };
      }
      const deadline = loop.at(kernel.monotonicNs() + BigInt(deadlineMs) * 1_000_000n, () => {
        settle(request, { ok: false, message: `the authority (authd) did not answer within ${deadlineMs / 1000} s; ${anew}` });
        // Of a connection that nobody waits on any more nothing is expected: the next request goes over a new one.
        if (pending.every((each) => each.done === null)) reset([]);
      });
      const request: Pending = { wish, accept, deadline, done };
      pending.push(request);
      if (link.state === 'open') send(request);
      else unsent.push(request);
      if (link.state === 'closed') link.open();
      // Its deadline goes on: what never answers is not kept for it.
      return () => {
        request.done = null;
      };
    },
    close: () => failAll('the machine is shutting down'),
  };
}

type Line = NonNullable<ReturnType<typeof authorityLine>>;

/** Null: it is no answer of the schema. */
function parse(text: string): Line | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return null;
    const line = authorityLine(value as { readonly [member: string]: unknown });
    if (line === null) return null;
    return (line.kind === 'answer' ? isTokenResponse(line.answer) : isAuthorityErrorResponse(line.failure)) ? line : null;
  } catch {
    return null;
  }
}

const unreadable = (result: number): string =>
  new Map([
    [-errno.EINVAL, 'it is no file in memory that can be sealed'],
    [-errno.EPERM, 'it is not sealed, so it could still be changed'],
    [-errno.EFBIG, `it has more than ${maxTokenBytes} bytes`],
  ]).get(result) ?? errnoName(result);

/** Of what a stranger sent: its beginning, without anything that a terminal would act on. */
const excerpt = (text: string): string => `it begins with ${JSON.stringify(text.slice(0, 40))}`;
