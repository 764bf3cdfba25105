import type { EndpointRow, RequestMember } from '../../../gen/options/rows.ts';
import { JsonFault, parseJsonLine } from '../../json/parser.ts';
import type { JsonObject } from '../../json/text.ts';

/** From a line to its answer: id, name and members by the tables of the schema, then the handler, and one line back or several. */

/** Requests and responses by name, as the generator declares them. */
type CommandTypes<Commands> = { readonly [Name in keyof Commands]: { readonly request: unknown; readonly response: unknown } };

/** Where the answer to one request goes. */
export interface Answer<Response> {
  /** The answer; once, or once for each part where the schema has the answer come in parts. Not at all when the peer is gone. */
  done(response: Response): void;
  failed(error: unknown): void;
}

/** One handler for each name. It throws, or says how the answer comes about; what it returns is run at once. */
export type Handlers<Commands extends CommandTypes<Commands>, Context> = {
  readonly [Name in keyof Commands]: (
    context: Context,
    request: Commands[Name]['request'],
  ) => (answer: Answer<Commands[Name]['response']>) => void;
};

/** A protocol of requests with ids, and who serves it. */
export interface Protocol<Commands extends CommandTypes<Commands>, Context> {
  readonly endpoint: EndpointRow;
  readonly requests: {
    readonly [Name in keyof Commands]: { readonly members: readonly RequestMember[] };
  };
  readonly handlers: Handlers<Commands, Context>;
  readonly encode: { readonly [Name in keyof Commands]: (response: Commands[Name]['response'], id: number) => string };
  /** A failure as a line; `id` 0: the request had no usable one. BadRequest, or whatever a handler failed with. */
  failure(id: number, error: unknown): string;
}

export interface Dispatch<Context> {
  /** Serves the line in `bytes`; `send` may be called later, or not at all when the context ends first. */
  line(bytes: Buffer, start: number, end: number, context: Context, send: (line: string) => void): void;
  /** Answer to a line that is too long. */
  tooLong(): string;
}

/** The request itself is wrong; the message names its first member that is. */
export class BadRequest extends Error {}

export function createDispatch<Commands extends CommandTypes<Commands>, Context>(protocol: Protocol<Commands, Context>): Dispatch<Context> {
  const { endpoint, requests, handlers, encode, failure } = protocol;
  const { correlation, discriminator, maxLine } = endpoint;
  type Name = keyof Commands & string;

  const isName = (name: unknown): name is Name => typeof name === 'string' && Object.hasOwn(requests, name);

  /** The members' own checks say all there is; the generated checks of whole requests would only lengthen a daemon's start. */
  function requestOf<N extends Name>(name: N, parsed: JsonObject): Commands[N]['request'] {
    const wrong = requests[name].members.find((member) => !member.check(parsed[member.name]));
    if (wrong === undefined) return parsed as Commands[N]['request'];
    throw new BadRequest(`${name}: the member ${wrong.name} must be ${wrong.expected}`);
  }

  function serve<N extends Name>(name: N, id: number, parsed: JsonObject, context: Context, send: (line: string) => void): void {
    handlers[name](
      context,
      requestOf(name, parsed),
    )({
      done: (response) => send(encode[name](response, id)),
      failed: (error) => send(failure(id, error)),
    });
  }

  return {
    line(bytes, start, end, context, send) {
      const parsed = parseJsonLine(bytes, start, end);
      if (parsed instanceof JsonFault) {
        send(failure(0, new BadRequest(`the line ${parsed.message}`)));
        return;
      }
      const id = idOf(parsed[correlation]);
      try {
        if (id === 0) throw new BadRequest(`the member ${correlation} must be an integer from 1 to ${Number.MAX_SAFE_INTEGER}`);
        const name = parsed[discriminator];
        if (!isName(name)) throw new BadRequest(`the member ${discriminator} must be one of ${Object.keys(requests).join(', ')}`);
        serve(name, id, parsed, context, send);
      } catch (error) {
        send(failure(id, error));
      }
    },
    tooLong: () => failure(0, new BadRequest(`the line has more than ${maxLine} bytes`)),
  };
}

/** The request's own id, 0 when it has no usable one. */
function idOf(id: unknown): number {
  return typeof id === 'number' && Number.isSafeInteger(id) && id >= 0 ? id : 0;
}
