/** clients/python/peinit/generated: a module for each package that crosses a socket of clients, and the methods of each socket. */
import type { ClientPackage } from '../../client-surface.ts';
import { clientPackages } from '../../client-surface.ts';
import { eventsIn, protocolOf, requestMessages } from '../../derive.ts';
import type { MessageModel, SchemaModel } from '../../model.ts';
import type { PrintedFile } from '../../printed-file.ts';
import { sourceOf } from '../../printed-file.ts';
import { printEnum } from './enums.ts';
import { printPayloads } from './events.ts';
import { Imports, referFrom } from './imports.ts';
import { pythonFile } from './language.ts';
import { Messages } from './messages.ts';
import { printMethods } from './methods.ts';
import { printNotify } from './notify.ts';
import { printBases, printSocket, requestRole } from './sockets.ts';

export function printPython(schema: SchemaModel): readonly PrintedFile[] {
  const packages = clientPackages(schema);
  const read = requestMessages(schema);
  return [
    printIndex(schema),
    ...packages.map((one) => printPackage(schema, one, read)),
    ...packages.flatMap(({ sockets }) => sockets.flatMap((socket) => printMethods(schema, socket, read))),
    ...printNotify(schema),
  ];
}

function printIndex(schema: SchemaModel): PrintedFile {
  const protocol = protocolOf(schema);
  const lines =
    protocol === null
      ? []
      : [
          `PROTOCOL = (${protocol.version.major}, ${protocol.version.minor})`,
          '"""Major and minor version of the protocol that these modules were printed from."""',
        ];
  return pythonFile('__init__', 'peinit', 'What follows from the schema.', new Imports(), lines);
}

function printPackage(schema: SchemaModel, one: ClientPackage, read: ReadonlySet<MessageModel>): PrintedFile {
  const { name } = one.package;
  const imports = new Imports();
  const refer = referFrom(name, imports);
  const messages = new Messages(read, refer, imports);
  const roles = new Map(
    one.sockets.flatMap((socket) =>
      socket.service.methods.map((method) => [method.input, requestRole(schema, socket, method, refer, imports)] as const),
    ),
  );
  const events = eventsIn(one.messages);
  const body = [
    ...one.sockets.flatMap((socket) => printBases(schema, socket, imports)),
    ...one.enums.flatMap((declared) => printEnum(declared, imports)),
    ...inOrder(one.messages).flatMap((message) => messages.print(message, roles.get(message))),
    ...(events.length === 0 ? [] : printPayloads(events, imports)),
    ...one.sockets.flatMap((socket) => printSocket(schema, socket, refer, imports)),
  ];
  const about = one.package.intros.map(({ comment }) => comment).find((comment) => comment !== '') ?? name;
  return pythonFile(name, sourceOf(one.package), about, imports, [...offered(body), ...body]);
}

/** Names that a module is for, so that whoever takes all of them gets no imported ones. */
function offered(body: readonly string[]): readonly string[] {
  const names = body.flatMap((line) => /^(?:class |def |(?=[A-Z]))([A-Za-z]\w*)(?=[(:])/.exec(line)?.[1] ?? []);
  return ['__all__ = [', ...names.sort().map((name) => `    "${name}",`), ']'];
}

/** Unions behind their forms, which they name as they are made. */
const inOrder = (messages: readonly MessageModel[]): readonly MessageModel[] => [
  ...messages.filter(({ union }) => union === null),
  ...messages.filter(({ union }) => union !== null),
];
