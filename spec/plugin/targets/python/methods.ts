/** One method per command, for callers that block and for asyncio: the same but for the way of waiting. */
import type { ClientSocket } from '../../client-surface.ts';
import { wireNameOf } from '../../derive.ts';
import type { Refer } from '../../language.ts';
import type { FieldModel, MethodModel, SchemaModel } from '../../model.ts';
import type { PrintedFile } from '../../printed-file.ts';
import { sourceOf } from '../../printed-file.ts';
import { memberName } from './converters.ts';
import { Imports, referFrom } from './imports.ts';
import { bracketed, doc, python, pythonFile } from './language.ts';
import { Messages } from './messages.ts';
import { answerTypes, callClass, isStream, stemOf, streamClass } from './sockets.ts';

/** A way of waiting: the hand-written module with its base class, and the words that differ. */
interface Flavour {
  readonly module: 'io_blocking' | 'io_asyncio';
  readonly suffix: 'blocking' | 'asyncio';
  readonly prefix: '' | 'Async';
  readonly define: 'def' | 'async def';
  readonly wait: '' | 'await ';
  readonly about: string;
}

const flavours: readonly Flavour[] = [
  { module: 'io_blocking', suffix: 'blocking', prefix: '', define: 'def', wait: '', about: 'for callers that block' },
  { module: 'io_asyncio', suffix: 'asyncio', prefix: 'Async', define: 'async def', wait: 'await ', about: 'for asyncio' },
];

/** Sockets with commands by name; one with a single command has its own hand-written client. */
export const printMethods = (
  schema: SchemaModel,
  socket: ClientSocket,
  read: ConstructorParameters<typeof Messages>[0],
): readonly PrintedFile[] =>
  socket.endpoint.discriminator === '' ? [] : flavours.map((flavour) => printFlavour(schema, socket, read, flavour));

function printFlavour(
  schema: SchemaModel,
  socket: ClientSocket,
  read: ConstructorParameters<typeof Messages>[0],
  flavour: Flavour,
): PrintedFile {
  const imports = new Imports();
  const refer = referFrom('', imports);
  const { name } = socket.package;
  const base = imports.ours(flavour.module, `${flavour.prefix}Client`);
  const methods = [...socket.service.methods];
  const body = [
    '',
    `class ${flavour.prefix}${stemOf(socket)}Methods(${base}):`,
    doc(socket.service.comment, '    '),
    ...entries(schema, socket, refer, imports, flavour),
    ...methods.flatMap((method) => printMethod(schema, socket, method, new Messages(read, refer, imports), refer, imports, flavour)),
  ];
  return pythonFile(
    `${name}_${flavour.suffix}`,
    sourceOf(socket.package),
    `The commands of ${socket.endpoint.path} ${flavour.about}.`,
    imports,
    body,
  );
}

/** Any request of the socket: `call` waits for its answer, `send` does not, `stream` gives its lines. */
function entries(schema: SchemaModel, socket: ClientSocket, refer: Refer, imports: Imports, flavour: Flavour): readonly string[] {
  const { define, wait, prefix, module } = flavour;
  const calls = (name: string): string => imports.ours('calls', name);
  const streams = socket.service.methods.map((method) => isStream(schema, socket, method));
  const printed: string[] = [];
  if (streams.includes(false)) {
    const one = `${refer(socket.package.name, callClass(socket))}[${calls('Answer')}]`;
    const pending = imports.ours(module, `${prefix}Pending`);
    printed.push(
      '',
      `    ${define} call(self, request: ${one}, timeout: float | None = None) -> Answer:`,
      '        """Waits for the answer."""',
      `        return ${wait}self._call(request, timeout)`,
      '',
      `    ${define} send(self, request: ${one}, timeout: float | None = None) -> ${pending}[Answer]:`,
      '        """Sends at once and does not wait: any number of requests may be on their way."""',
      `        return ${wait}self._send(request, timeout)`,
    );
  }
  if (streams.includes(true)) {
    const stream = `${refer(socket.package.name, streamClass(socket))}[${calls('Opening')}, ${calls('Line')}]`;
    printed.push(
      '',
      ...bracketed(
        '    ',
        `${define} stream(`,
        `self, request: ${stream}, timeout: float | None = None`,
        `) -> ${imports.ours(module, `${prefix}Stream`)}[Opening, Line]:`,
      ),
      '        """Asks on a connection of its own; returns once lines can be taken."""',
      `        return ${wait}self._stream(request, timeout)`,
    );
  }
  return printed;
}

/** Parameters that a method has itself. */
const taken = new Set(['self', 'timeout']);
const parameterName = (field: FieldModel): string => {
  const name = memberName(field.member);
  return taken.has(name) ? `${name}_` : name;
};

function printMethod(
  schema: SchemaModel,
  socket: ClientSocket,
  method: MethodModel,
  messages: Messages,
  refer: Refer,
  imports: Imports,
  { define, wait, prefix, module }: Flavour,
): readonly string[] {
  const { input } = method;
  const stream = isStream(schema, socket, method);
  const types = answerTypes(schema, socket, method, refer);
  const answer = stream ? `${imports.ours(module, `${prefix}Stream`)}[${types.join(', ')}]` : types.join();
  const parameter = (field: FieldModel): string =>
    `        ${python.member(parameterName(field), messages.type(input, field), messages.form(input, field))},`;
  const given = (form: string): boolean => form === 'required' || form === 'nullable';
  const first = input.fields.filter((field) => given(messages.form(input, field)));
  const named = input.fields.filter((field) => !given(messages.form(input, field)));
  const request = refer(input.package, input.name);
  const sends = `${wait}self.${stream ? 'stream' : 'call'}`;
  const about = [
    method.comment,
    ...(input.fields.length === 0 ? [] : [input.fields.map((field) => `- ${parameterName(field)}: ${field.comment}`).join('\n')]),
  ].join('\n\n');
  return [
    '',
    `    ${define} ${python.names.method(wireNameOf(method))}(`,
    '        self,',
    ...first.map(parameter),
    '        *,',
    ...named.map(parameter),
    '        timeout: float | None = None,',
    `    ) -> ${answer}:`,
    doc(about, '        '),
    ...(input.fields.length === 0
      ? [`        return ${sends}(${request}(), timeout)`]
      : [
          `        return ${sends}(`,
          `            ${request}(`,
          ...input.fields.map((field) => `                ${memberName(field.member)}=${parameterName(field)},`),
          '            ),',
          '            timeout,',
          '        )',
        ]),
  ];
}
