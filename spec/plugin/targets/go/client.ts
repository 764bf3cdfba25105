/** clients/go/wire/PACKAGE_client.go: for each socket its facts and a client with a method for each command. */
import type { ClientSocket, Exchange } from '../../client-surface.ts';
import { exchangeOf } from '../../client-surface.ts';
import { protocolOf, wireNameOf } from '../../derive.ts';
import type { MethodModel, SchemaModel } from '../../model.ts';
import { lowerFirst } from '../../names.ts';
import type { PrintedFile } from '../../printed-file.ts';
import { sourceOf } from '../../printed-file.ts';
import { doc, goFile, quoted, stemOf } from './language.ts';
import { goName } from './names.ts';
import { Surface } from './surface.ts';

const intro =
  'Package wire has the messages of the machine, printed from its schema: requests, answers, events, codes, and a client for each socket.';

export function printGoClients(schema: SchemaModel): readonly PrintedFile[] {
  const surface = new Surface(schema);
  return surface.packages
    .filter(({ sockets }) => sockets.length > 0)
    .map(({ package: one, sockets }, index) =>
      goFile(
        `clients/go/wire/${one.name}_client.go`,
        sourceOf(one),
        'wire',
        sockets.flatMap((socket) => [...printSocket(schema, socket, surface), ...printClient(schema, socket, surface)]),
        index === 0 ? intro : '',
      ),
    );
}

/** The rows of a composite literal, aligned as gofmt does it. */
function aligned(rows: readonly (readonly [string, string])[], indent: string): readonly string[] {
  const longest = Math.max(...rows.map(([key]) => key.length));
  return rows.map(([key, value]) => `${indent}${key}:${' '.repeat(longest - key.length + 1)}${value},`);
}

function printSocket(schema: SchemaModel, { service, endpoint, failure }: ClientSocket, surface: Surface): readonly string[] {
  const stem = stemOf(service);
  const protocol = protocolOf(schema);
  const stated = protocol?.service === service ? protocol.version : null;
  const rows: readonly (readonly [string, string])[] = [
    ['Name', quoted(stem.toLowerCase())],
    ['Path', `${stem}Path`],
    ...(
      [
        ['Discriminator', endpoint.discriminator],
        ['Correlation', endpoint.correlation],
        ['Outcome', endpoint.outcome],
        ['OK', endpoint.ok],
        ['Error', endpoint.error],
      ] as const
    )
      .filter(([, value]) => value !== '')
      .map(([key, value]) => [key, quoted(value)] as const),
    ['Failure', `func(r *jsontext.Reader) error { m := read${surface.names.of(failure)}(r); return &m }`],
  ];
  return [
    ...(stated === null
      ? []
      : [
          '// ProtocolMajor and ProtocolMinor are the version of the protocol that this package was made from.',
          'const (',
          `\tProtocolMajor uint32 = ${stated.major}`,
          `\tProtocolMinor uint32 = ${stated.minor}`,
          ')',
          '',
        ]),
    `// ${stem}Path is where the socket is inside a machine.`,
    `const ${surface.names.give(`${stem}Path`, 'the path of a socket')} = ${quoted(endpoint.path)}`,
    '',
    `// ${stem}Endpoint is how messages are told apart on this socket.`,
    `var ${surface.names.give(`${stem}Endpoint`, 'the facts of a socket')} = link.Endpoint{`,
    ...aligned(rows, '\t'),
    '}',
    '',
  ];
}

function printClient(schema: SchemaModel, socket: ClientSocket, surface: Surface): readonly string[] {
  const stem = stemOf(socket.service);
  const local = lowerFirst(stem);
  const client = surface.names.give(`${stem}Client`, 'a client');
  const methods = socket.service.methods.map((method) => ({ method, exchange: exchangeOf(schema, socket, method) }));
  const isCalled = methods.some(({ exchange }) => exchange.kind === 'answer' || exchange.kind === 'joined');
  const call = `${stem}Call`;
  return [
    doc(`${client} has a method for each command.\n\n${socket.service.comment}`),
    `type ${client} struct{ connection *link.Connection }`,
    '',
    `// New${client} is a client on a connection to ${stem}Endpoint.`,
    `func New${client}(connection *link.Connection) ${client} { return ${client}{connection} }`,
    '',
    ...(isCalled
      ? [
          `// ${surface.names.give(call, 'the requests of a socket')} is a request whose answer is an A.`,
          `type ${call}[A any] interface{ ${local}Call() link.Request[A] }`,
          '',
          `// Send${stem} sends a request without waiting for its answer. Requests go out in the order of these calls.`,
          `func Send${stem}[A any](ctx context.Context, c ${client}, request ${call}[A]) *link.Call[A] {`,
          `\treturn link.Send(ctx, c.connection, request.${local}Call())`,
          '}',
          '',
        ]
      : []),
    ...methods.flatMap(({ method, exchange }) => printMethod(method, exchange, stem, surface)),
  ];
}

function printMethod(method: MethodModel, exchange: Exchange, stem: string, surface: Surface): readonly string[] {
  const request = surface.names.of(method.input);
  const client = `${stem}Client`;
  const name = goName(wireNameOf(method));
  const head = `func (c ${client}) ${name}(ctx context.Context, request ${request})`;
  const answer = surface.names.of(method.output);
  const command = quoted(wireNameOf(method));
  const literal = (of: string, value: string, extra = ''): string =>
    `link.Request[${of}]{Command: ${command}, Write: ${value}.writeMembers, Read: read${of}${extra}}`;
  switch (exchange.kind) {
    case 'answer':
    case 'joined': {
      const of = exchange.kind === 'answer' && exchange.other !== null ? `${name}Answer` : answer;
      const extra = exchange.kind === 'joined' ? `, Join: join${answer}` : '';
      return [
        ...(exchange.kind === 'answer' && exchange.other !== null
          ? printAnswer(of, answer, surface.names.of(exchange.other.message), exchange.other.sign.member, surface)
          : []),
        ...(exchange.kind === 'joined' ? printJoin(answer, exchange) : []),
        `func (m ${request}) ${lowerFirst(stem)}Call() link.Request[${of}] {`,
        `\treturn ${literal(of, 'm', extra)}`,
        '}',
        '',
        doc(method.comment),
        `${head} (${of}, error) {`,
        `\treturn Send${stem}(ctx, c, request).Answer()`,
        '}',
        '',
      ];
    }
    case 'parts':
      return [
        doc(`${method.comment}\n\nThe stream ends behind the last part; ctx is for the first one.`),
        `${head} (*link.Stream[${answer}], error) {`,
        `\tmore := func(part ${answer}) bool { return part.${goName(exchange.parts.more.member)} }`,
        `\treturn link.Parts(ctx, c.connection, ${literal(answer, 'request')}, more)`,
        '}',
        '',
      ];
    case 'lines':
      return [
        doc(`${method.comment}\n\nThe connection is the stream's alone from then on; ctx is for the acknowledgement.`),
        `${head} (*link.Stream[${answer}], error) {`,
        `\treturn link.Lines(ctx, c.connection, ${literal(answer, 'request')})`,
        '}',
        '',
      ];
    case 'pushes': {
      const { message, by } = exchange.pushes;
      const pushed = surface.names.of(message);
      const key = by === null ? 'nil' : `func(a ${answer}) int64 { return int64(a.${goName(by.member)}) }`;
      return [
        doc(`${method.comment}\n\nWhat follows the answer comes by the stream; ctx is for the answer.`),
        `${head} (${answer}, *link.Stream[${pushed}], error) {`,
        `\tpushed := link.Pushed[${answer}, ${pushed}]{Member: ${quoted(by?.member ?? '')}, Key: ${key}, Read: read${pushed}}`,
        `\treturn link.Follow(ctx, c.connection, ${literal(answer, 'request')}, pushed)`,
        '}',
        '',
      ];
    }
    default:
      return exchange satisfies never;
  }
}

/** Both forms of an answer, told apart by a member that only the first one has. */
function printAnswer(type: string, first: string, second: string, sign: string, surface: Surface): readonly string[] {
  return [
    `// ${type} is ${first}, or ${second} where there was nothing to do.`,
    `type ${surface.names.give(type, 'an answer of two forms')} interface{ is${type}() }`,
    '',
    ...[first, second].flatMap((form) => [`func (${form}) is${type}() {}`, '']),
    `func read${type}(r *jsontext.Reader) ${type} {`,
    `\tif r.Has(${quoted(sign)}) {`,
    `\t\treturn read${first}(r)`,
    '\t}',
    `\treturn read${second}(r)`,
    '}',
    '',
  ];
}

/** Adds a further part; its first element may continue the last one before it. */
function printJoin(answer: string, { parts, join }: Extract<Exchange, { readonly kind: 'joined' }>): readonly string[] {
  const [list, more, key, inner] = [parts.list, parts.more, join.key, join.inner].map(({ member }) => goName(member));
  return [
    `func join${answer}(whole *${answer}, part ${answer}) bool {`,
    `\tfor index, next := range part.${list} {`,
    `\t\tif last := len(whole.${list}) - 1; index == 0 && last >= 0 && whole.${list}[last].${key} == next.${key} {`,
    `\t\t\twhole.${list}[last].${inner} = append(whole.${list}[last].${inner}, next.${inner}...)`,
    '\t\t} else {',
    `\t\t\twhole.${list} = append(whole.${list}, next)`,
    '\t\t}',
    '\t}',
    `\treturn part.${more}`,
    '}',
    '',
  ];
}
