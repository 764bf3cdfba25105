/** What a socket adds to the messages of its package: which of them are requests, how answers are read, and what refusals are called. */
import type { ClientSocket } from '../../client-surface.ts';
import { exchangeOf } from '../../client-surface.ts';
import { wireNameOf } from '../../derive.ts';
import type { Refer } from '../../language.ts';
import type { MethodModel, SchemaModel } from '../../model.ts';
import { pascalCase, serviceStem } from '../../names.ts';
import { memberName } from './converters.ts';
import { wordName } from './enums.ts';
import type { Imports } from './imports.ts';
import { bracketed, doc, literal } from './language.ts';
import type { Role } from './messages.ts';

export const stemOf = ({ service }: ClientSocket): string => serviceStem(service.name);

/** The exception of a socket; the enum of its codes may have the shorter name. */
export const errorName = (socket: ClientSocket): string => {
  const name = `${stemOf(socket)}Error`;
  return socket.package.enums.some((declared) => declared.name === name) ? `${stemOf(socket)}CallError` : name;
};

/** Base classes of the requests of a socket, so that one of another socket does not fit. */
export const callClass = (socket: ClientSocket): string => `${stemOf(socket)}Call`;
export const streamClass = (socket: ClientSocket): string => `${stemOf(socket)}Stream`;

/** A request that is answered by a stream has a connection of its own. */
export const isStream = (schema: SchemaModel, socket: ClientSocket, method: MethodModel): boolean => {
  const exchange = exchangeOf(schema, socket, method);
  return exchange.kind === 'lines' || exchange.kind === 'parts' || (exchange.kind === 'pushes' && exchange.pushes.by === null);
};

/** Types of what comes back: of the one answer, or before the lines and of each of these. */
export function answerTypes(schema: SchemaModel, socket: ClientSocket, method: MethodModel, refer: Refer): readonly string[] {
  const name = refer(method.output.package, method.output.name);
  const exchange = exchangeOf(schema, socket, method);
  switch (exchange.kind) {
    case 'answer':
      return [exchange.other === null ? name : `${name} | ${refer(exchange.other.message.package, exchange.other.message.name)}`];
    case 'joined':
      return [name];
    case 'lines':
    case 'parts':
      return ['None', name];
    case 'pushes':
      return exchange.pushes.by === null ? [name, refer(exchange.pushes.message.package, exchange.pushes.message.name)] : [name];
    default:
      return exchange satisfies never;
  }
}

const method = (signature: string, about: string, ...body: readonly string[]): readonly string[] => [
  '',
  '    @staticmethod',
  `    def ${signature}:`,
  `        """${about}"""`,
  ...body.map((line) => `        ${line}`),
];

/** What the class of a request has beside its members. */
const reserved = new Set('command encode decode answer more joined opening line opens tells_its_end subscribes'.split(' '));

/** What makes a message the request of a command. */
export function requestRole(schema: SchemaModel, socket: ClientSocket, asked: MethodModel, refer: Refer, imports: Imports): Role {
  const clash = asked.input.fields.find(({ member }) => reserved.has(memberName(member)));
  if (clash !== undefined) throw new Error(`${asked.input.name} has a member ${clash.member}, which its class has for itself`);
  const json = imports.ours('wire', 'JsonObject');
  const classVar = imports.from('typing', 'ClassVar');
  const stream = isStream(schema, socket, asked);
  const types = answerTypes(schema, socket, asked, refer);
  const parameters = types.map((type) => (type === 'None' ? type : literal(type)));
  const base = `${stream ? streamClass(socket) : callClass(socket)}[${parameters.join(', ')}]`;
  const exchange = exchangeOf(schema, socket, asked);
  const name = types.at(-1) ?? '';
  const flag = (flagName: string, value: string): string => `    ${flagName}: ${classVar}[bool] = ${value}`;
  const before = ['', `    command: ${classVar}[str] = ${literal(wireNameOf(asked))}`];
  const reads = (what: string, type: string, about: string, from = type): readonly string[] =>
    method(`${what}(line: ${json}) -> ${type}`, about, `return ${from}.decode(line)`);
  switch (exchange.kind) {
    case 'answer': {
      const { output } = asked;
      const main = refer(output.package, output.name);
      if (exchange.other === null) return { base, before, after: reads('answer', main, 'Reads the answer.') };
      const { message, sign } = exchange.other;
      const read = [
        `if ${literal(sign.member)} in line:`,
        `    return ${main}.decode(line)`,
        `return ${refer(message.package, message.name)}.decode(line)`,
      ];
      return { base, before, after: method(`answer(line: ${json}) -> ${name}`, 'Reads the answer, which has two forms.', ...read) };
    }
    case 'joined': {
      const { parts, join } = exchange;
      const inner = memberName(join.inner.member);
      const list = memberName(parts.list.member);
      const more = memberName(parts.more.member);
      const after = [
        ...reads('answer', name, 'Reads a line of the answer.'),
        ...method(`more(part: ${name}) -> bool`, 'Another line of the same answer follows.', `return part.${more}`),
        ...method(
          `joined(parts: ${imports.sequence()}[${name}]) -> ${name}`,
          'The lines of an answer as one.',
          `${list} = ${imports.ours('parts', 'joined_lists')}(`,
          `    [part.${list} for part in parts],`,
          `    lambda one: one.${memberName(join.key.member)},`,
          ...bracketed(
            '    ',
            `lambda one, other: ${imports.from('dataclasses', 'replace')}(`,
            `one, ${inner}=(*one.${inner}, *other.${inner})`,
            '),',
          ),
          ')',
          `return ${name}(${list}=${list}, ${more}=False)`,
        ),
      ];
      return { base, before, after };
    }
    case 'parts': {
      const more = memberName(exchange.parts.more.member);
      const after = [
        ...reads('line', name, 'Reads a line.'),
        ...method(`more(line: ${name}) -> bool`, 'Another line follows.', `return line.${more}`),
      ];
      return { base, before: [...before, flag('opens', 'False'), flag('tells_its_end', 'True')], after };
    }
    case 'lines':
      return {
        base,
        before,
        after: [
          ...method(`opening(line: ${json}) -> None`, 'Reads the acknowledgement, which says nothing more.'),
          ...reads('line', name, 'Reads a line.'),
        ],
      };
    case 'pushes': {
      const [answer = '', line] = types;
      if (line === undefined)
        return { base, before: [...before, flag('subscribes', 'True')], after: reads('answer', answer, 'Reads the answer.') };
      return { base, before, after: [...reads('opening', answer, 'Reads the answer.'), ...reads('line', line, 'Reads a line.')] };
    }
    default:
      return exchange satisfies never;
  }
}

/** Before the messages: the bases of the requests. */
export function printBases(schema: SchemaModel, socket: ClientSocket, imports: Imports): readonly string[] {
  const { methods } = socket.service;
  const streams = methods.filter((one) => isStream(schema, socket, one));
  const path = socket.endpoint.path;
  const calls = imports.ours.bind(imports, 'calls');
  const base = (name: string, type: string, parameters: readonly string[], about: string): readonly string[] => [
    '',
    '',
    `class ${name}(${calls(type)}[${parameters.map((one) => calls(one)).join(', ')}]):`,
    `    """${about} ${path}."""`,
    '',
    '    __slots__ = ()',
  ];
  return [
    ...(streams.length < methods.length ? base(callClass(socket), 'Call', ['Answer'], 'A request with one answer on') : []),
    ...(streams.length > 0 ? base(streamClass(socket), 'StreamCall', ['Opening', 'Line'], 'A request with a stream of lines on') : []),
  ];
}

/** Behind them: refusals, the socket itself, and the requests by the names of their commands. */
export function printSocket(schema: SchemaModel, socket: ClientSocket, refer: Refer, imports: Imports): readonly string[] {
  const { endpoint, service } = socket;
  const { methods } = service;
  const stem = stemOf(socket).toUpperCase();
  const final = imports.from('typing', 'Final');
  const mapping = imports.from('collections.abc', 'Mapping');
  const pushed = methods.flatMap((one) => {
    const exchange = exchangeOf(schema, socket, one);
    return exchange.kind === 'pushes' && exchange.pushes.by !== null ? [exchange.pushes.by.member] : [];
  });
  const facts = {
    path: endpoint.path,
    daemon: daemonOf(endpoint.path),
    discriminator: endpoint.discriminator,
    correlation: endpoint.correlation,
    outcome: endpoint.outcome,
    ok: endpoint.ok,
    error: endpoint.error,
    pushed_by: pushed[0] ?? '',
  };
  const request = imports.ours('calls', 'Request');
  return [
    ...printRefusals(socket, refer, imports),
    '',
    '',
    `${stem}: ${final} = ${imports.ours('calls', 'Endpoint')}(`,
    ...Object.entries(facts).map(([name, value]) => `    ${name}=${literal(value)},`),
    `    refused=${refusalReader(socket)},`,
    ')',
    doc(service.comment),
    '',
    `${stem}_REQUESTS: ${final}[${mapping}[str, ${imports.from('collections.abc', 'Callable')}[[object], ${request}]]] = {`,
    ...methods.map((one) => `    ${literal(wireNameOf(one))}: ${one.input.name}.decode,`),
    '}',
    '"""Reads the request of each command from its members."""',
  ];
}

/** The folder of a socket under /run is named after who serves it. */
const daemonOf = (path: string): string => path.split('/')[2] ?? path;

const refusalReader = (socket: ClientSocket): string => `read_${stemOf(socket).toLowerCase()}_refusal`;

function printRefusals(socket: ClientSocket, refer: Refer, imports: Imports): readonly string[] {
  const { failure, code, message } = socket;
  const base = errorName(socket);
  const refused = imports.ours('errors', 'Refused');
  const failed = refer(failure.package, failure.name);
  const codeType = code === null ? 'str' : refer(code.of.package, code.of.name);
  const classes = (code?.of.values ?? []).map((value) => ({ value, name: pascalCase(value.wire.toLowerCase()) }));
  const text = message === null ? '""' : `failure.${memberName(message.member)}`;
  const given = code === null ? '""' : `failure.${memberName(code.field.member)}`;
  return [
    '',
    '',
    `class ${base}(${refused}):`,
    doc(failure.comment, '    '),
    ...(code === null ? [] : ['', `    code: ${codeType}`]),
    ...classes.flatMap(({ value, name }) => [
      '',
      '',
      `class ${name}(${base}):`,
      doc(value.facts.remedy === '' ? value.comment : `${value.comment}\n\n${value.facts.remedy}`, '    '),
    ]),
    '',
    '',
    ...(code === null
      ? []
      : [
          `_refusals: dict[str, type[${base}]] = {`,
          ...classes.map(({ value, name }) => `    ${codeType}.${wordName(value.wire)}: ${name},`),
          '}',
          '',
          '',
        ]),
    `def ${refusalReader(socket)}(line: object) -> ${base}:`,
    '    """Reads a refusal; one with a code of a newer daemon is of the class that all have."""',
    `    ${code === null && message === null ? '' : 'failure = '}${failed}.decode(line)`,
    `    return ${code === null ? base : `_refusals.get(${given}, ${base})`}(${given}, ${text})`,
  ];
}
