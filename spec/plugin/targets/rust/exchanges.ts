/** The sockets in Rust, and for each request what comes back for it. */
import type { ClientSocket, Exchange } from '../../client-surface.ts';
import { exchangeOf } from '../../client-surface.ts';
import { protocolOf, wireNameOf } from '../../derive.ts';
import type { MethodModel } from '../../model.ts';
import { pascalCase } from '../../names.ts';
import { doc, printFunction, quoted } from './language.ts';
import type { ModuleNames } from './names.ts';
import { rustName, stemOf } from './names.ts';
import type { Surface } from './surface.ts';

export interface Command {
  readonly method: MethodModel;
  readonly exchange: Exchange;
  /** What the answer is, or an element of the stream. */
  readonly answer: string;
  /** What is pushed after the answer; null: nothing. */
  readonly pushed: string | null;
}

/** Names as they stand in the module of the socket. */
export const commandsOf = (surface: Surface, socket: ClientSocket): readonly Command[] =>
  socket.service.methods.map((method) => {
    const exchange = exchangeOf(surface.schema, socket, method);
    const module = socket.package.name;
    const isTwofold = exchange.kind === 'answer' && exchange.other !== null;
    return {
      method,
      exchange,
      answer: isTwofold ? `${pascalCase(wireNameOf(method))}Answer` : surface.name(method.output, module),
      pushed: exchange.kind === 'pushes' ? surface.name(exchange.pushes.message, module) : null,
    };
  });

/** The code of a failure as it stands in the module. */
export const codeOf = (socket: ClientSocket, surface: Surface): string =>
  socket.code === null ? 'crate::error::NoCode' : surface.refer(socket.package.name)(socket.code.of.package, socket.code.of.name);

export function printExchanges(socket: ClientSocket, surface: Surface, names: ModuleNames): readonly string[] {
  const commands = commandsOf(surface, socket);
  return [
    ...printSocket(socket, commands, surface, names),
    ...commands.flatMap((command) => printCommand(command, socket, surface, names)),
  ];
}

const orNone = (text: string): string => (text === '' ? 'None' : `Some(${quoted(text)})`);

/** The one name that members of this kind have on a socket, so that they are found before it is known whose line it is. */
function sharedName(what: string, socket: ClientSocket, found: readonly (string | null)[]): string {
  const distinct = [...new Set(found.filter((name) => name !== null))];
  if (distinct.length > 1) throw new Error(`${socket.service.name} has several names for ${what}: ${distinct.join(', ')}`);
  return distinct[0] ?? '';
}

function printSocket(socket: ClientSocket, commands: readonly Command[], surface: Surface, names: ModuleNames): readonly string[] {
  const { endpoint, service, failure, code, message } = socket;
  const stem = names.give(stemOf(service), 'a socket');
  const exchanges = commands.map(({ exchange }) => exchange);
  const more = sharedName('another part', socket, [
    ...exchanges.map((one) => (one.kind === 'joined' || one.kind === 'parts' ? one.parts.more.member : null)),
  ]);
  const by = sharedName(
    'whose message it is',
    socket,
    exchanges.map((one) => (one.kind === 'pushes' ? (one.pushes.by?.member ?? null) : null)),
  );
  const protocol = protocolOf(surface.schema);
  const said = (field: typeof message, otherwise: string): string => (field === null ? otherwise : `told.${rustName(field.member)}`);
  const refused = surface.name(failure, socket.package.name);
  return [
    ...(protocol?.service === service
      ? [
          '/// Version of the protocol that this was made from.',
          'pub const PROTOCOL: crate::Protocol = crate::Protocol {',
          `    major: ${protocol.version.major},`,
          `    minor: ${protocol.version.minor},`,
          '};',
          '',
        ]
      : []),
    doc(service.comment),
    '#[derive(Clone, Copy, Debug)]',
    `pub enum ${stem} {}`,
    '',
    `/// Why a request to {@link} failed.`.replace('{@link}', `[\`${stem}\`]`),
    `pub type ${names.give('Error', 'the errors of a socket')} = crate::Error<${codeOf(socket, surface)}>;`,
    '',
    `impl crate::exchange::Socket for ${stem} {`,
    `    type Code = ${codeOf(socket, surface)};`,
    '',
    "    const FACTS: &'static crate::exchange::Facts = &crate::exchange::Facts {",
    `        name: ${quoted(stem.toLowerCase())},`,
    `        path: ${quoted(endpoint.path)},`,
    `        discriminator: ${orNone(endpoint.discriminator)},`,
    `        correlation: ${orNone(endpoint.correlation)},`,
    `        outcome: ${orNone(endpoint.outcome)},`,
    `        ok: ${quoted(endpoint.ok)},`,
    `        error: ${orNone(endpoint.error)},`,
    `        more: ${orNone(more)},`,
    `        by: ${orNone(by)},`,
    '    };',
    '',
    ...printFunction('fn refusal', ['line: &[u8]'], 'Result<crate::Refusal<Self::Code>, crate::ProtocolError>', [
      ...(code === null && message === null
        ? [`crate::wire::decode::<${refused}>(line)?;`]
        : [`let told: ${refused} = crate::wire::decode(line)?;`]),
      'Ok(crate::Refusal {',
      `    code: ${code === null ? 'crate::error::NoCode' : said(code.field, '')},`,
      `    message: ${said(message, `${quoted(failure.comment)}.into()`)},`,
      '})',
    ]),
    '}',
    '',
  ];
}

function printCommand(
  { method, exchange, answer, pushed }: Command,
  socket: ClientSocket,
  surface: Surface,
  names: ModuleNames,
): readonly string[] {
  const module = socket.package.name;
  const request = surface.name(method.input, module);
  const implement = (trait: string, body: readonly string[]): readonly string[] => [
    `impl crate::exchange::${trait} for ${request} {`,
    ...body.map((line) => `    ${line}`.trimEnd()),
    '}',
    '',
  ];
  const begins = implement('Request', [
    `type Socket = ${stemOf(socket.service)};`,
    '',
    `const COMMAND: &'static str = ${quoted(wireNameOf(method))};`,
  ]);
  switch (exchange.kind) {
    case 'answer':
      return [
        ...(exchange.other === null
          ? []
          : printTwofold(names.give(answer, 'an answer of two forms'), method, exchange.other.message.name, [
              surface.name(method.output, module),
              surface.name(exchange.other.message, module),
              exchange.other.sign.member,
            ])),
        ...begins,
        ...implement('Call', [`type Answer = ${answer};`]),
      ];
    case 'joined': {
      const [list, key, inner] = [exchange.parts.list, exchange.join.key, exchange.join.inner].map(({ member }) => rustName(member));
      return [
        ...begins,
        ...implement('Call', [
          `type Answer = ${answer};`,
          '',
          'const IN_PARTS: bool = true;',
          '',
          '/// The first element of a part may continue the last one before it.',
          ...printFunction(
            'fn join',
            ['whole: &mut Self::Answer', 'part: Self::Answer'],
            '',
            [
              `let mut next = part.${list};`,
              `if let (Some(last), Some(first)) = (whole.${list}.last_mut(), next.first_mut()) {`,
              `    if last.${key} == first.${key} {`,
              `        last.${inner}.append(&mut first.${inner});`,
              '        next.remove(0);',
              '    }',
              '}',
              `whole.${list}.extend(next);`,
              `whole.${rustName(exchange.parts.more.member)} = part.${rustName(exchange.parts.more.member)};`,
            ],
            '',
          ),
        ]),
      ];
    }
    case 'parts':
      return [...begins, ...implement('Parts', [`type Item = ${answer};`])];
    case 'lines':
      return [...begins, ...implement('Lines', [`type Item = ${answer};`])];
    case 'pushes': {
      const by = exchange.pushes.by;
      const key = by === null ? 'None' : `Some(i64::from(answer.${rustName(by.member)}))`;
      return [
        ...begins,
        ...implement('Pushes', [
          `type Answer = ${answer};`,
          `type Item = ${pushed ?? answer};`,
          '',
          ...printFunction('fn key', [`${by === null ? '_' : ''}answer: &Self::Answer`], 'Option<i64>', [key], ''),
        ]),
      ];
    }
    default:
      return exchange satisfies never;
  }
}

/** Told apart by a member that only the first form has. */
const printTwofold = (
  type: string,
  method: MethodModel,
  other: string,
  [first, second, sign]: readonly [string, string, string],
): readonly string[] => [
  'crate::twofold! {',
  `    /// The answer to ${wireNameOf(method)}: its own, or the present state where there was nothing to do.`,
  `    pub enum ${type} {`,
  `        /// Something is done.`,
  `        ${method.output.name.replace(/Response$/, '')}(${first}) if ${quoted(sign)},`,
  `        /// Nothing was to do.`,
  `        ${other.replace(/Response$/, '')}(${second}),`,
  '    }',
  '}',
  '',
];
