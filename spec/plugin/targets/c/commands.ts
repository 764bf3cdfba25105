/** clients/c/generated/peinit/commands.h and commands.c: functions for each command of each socket, over those of the library for any. */
import type { ClientSocket, Exchange } from '../../client-surface.ts';
import { clientSockets, exchangeOf } from '../../client-surface.ts';
import { protocolOf } from '../../derive.ts';
import type { MethodModel, SchemaModel } from '../../model.ts';
import type { PrintedFile } from '../../printed-file.ts';
import { answerType } from './answers.ts';
import { c, cFile, doc, headerFile } from './language.ts';
import { distinct, functionName, methodTable, socketConstant, socketName, typeName } from './names.ts';
import { notificationOf, notifyVariables } from './notification.ts';

/** A function: what its comment adds, its result, name, parameters and body. */
interface CFunction {
  readonly comment: string;
  readonly result: string;
  readonly name: string;
  readonly parameters: readonly string[];
  readonly body: readonly string[];
}

export function printCommands(schema: SchemaModel): readonly PrintedFile[] {
  const sockets = clientSockets(schema);
  if (sockets.length === 0) return [];
  const functions = sockets.map((socket) => ({
    socket,
    inside: socket.service.methods.flatMap((method) => functionsOf(socket, method, exchangeOf(schema, socket, method))),
  }));
  distinct(functions.flatMap(({ inside }) => inside.map(({ name }) => name)));
  const sources = sockets.map((socket) => `peinit/${socket.package.name}`).join(', ');
  return [
    headerFile(
      'peinit/commands.h',
      sources,
      ['<peinit/types.h>'],
      [
        ...protocolFacts(schema),
        '/** The sockets. */',
        'typedef enum peinit_socket {',
        ...sockets.flatMap(({ service }, index) => [
          doc(service.comment, '  '),
          `  ${socketConstant(service)} = ${index}${index === sockets.length - 1 ? '' : ','}`,
        ]),
        '} peinit_socket;',
        '',
        ...sockets.flatMap(({ service, endpoint }) => [
          `/** Where the ${socketName(service)} socket is inside a machine. */`,
          `#define PEINIT_${c.names.constant(socketName(service))}_PATH ${JSON.stringify(endpoint.path)}`,
          '',
        ]),
        ...notifyPath(schema),
        ...functions.flatMap(({ inside }) => inside.flatMap((one) => [doc(one.comment), `PEINIT_API PEINIT_CHECK ${signature(one)};`, ''])),
      ],
    ),
    cFile('commands.c', sources, [
      '#include <peinit/commands.h>',
      '',
      '#include "exchange.h"',
      '#include "tables.h"',
      '',
      ...functions.flatMap(({ inside }) =>
        inside.flatMap((one) => [`${signature(one)} {`, ...one.body.map((line) => `  ${line}`), '}', '']),
      ),
    ]),
  ];
}

const signature = ({ result, name, parameters }: CFunction): string =>
  `${result}${result.endsWith('*') ? '' : ' '}${name}(${parameters.join(', ')})`;

function protocolFacts(schema: SchemaModel): readonly string[] {
  const protocol = protocolOf(schema);
  if (protocol === null) return [];
  return [
    '/** Version of the protocol that this header was made from. */',
    `#define PEINIT_PROTOCOL_MAJOR ${protocol.version.major}`,
    `#define PEINIT_PROTOCOL_MINOR ${protocol.version.minor}`,
    '',
  ];
}

function notifyPath(schema: SchemaModel): readonly string[] {
  const datagram = notificationOf(schema)?.datagram ?? null;
  if (datagram === null) return [];
  return [
    '/** Where the notify socket is inside a machine, and the greatest length of a datagram. */',
    `#define PEINIT_NOTIFY_PATH ${JSON.stringify(datagram.path)}`,
    `#define PEINIT_NOTIFY_MAX_LENGTH ${datagram.maxLine}`,
    '',
    ...notifyVariables(schema).flatMap(({ wire, comment }) => [
      doc(`Variable of the environment: ${comment}`),
      `#define PEINIT_VARIABLE_${wire} ${JSON.stringify(wire)}`,
      '',
    ]),
  ];
}

const error = 'peinit_error **error';
const connection = 'peinit_connection *connection';
const timeout = 'int timeout_ms';

function functionsOf(socket: ClientSocket, method: MethodModel, exchange: Exchange): readonly CFunction[] {
  const name = functionName(socket.service, method);
  const table = `&${methodTable(socket.service, method)}`;
  const request = `const ${typeName(method.input)} *request`;
  switch (exchange.kind) {
    case 'answer':
    case 'joined':
      return answered(method, name, table, request, answerType(socket, method, exchange));
    case 'parts':
    case 'lines':
      return [
        {
          comment: `${method.comment}\nNULL: it failed.`,
          result: 'peinit_stream *',
          name,
          parameters: [connection, request, error],
          body: [`return peinit_open_stream(connection, ${table}, request, NULL, error);`],
        },
        next(name, table, typeName(method.output)),
      ];
    case 'pushes':
      return [
        {
          comment: `${method.comment}\nNULL: it failed. The answer may be left to the library with NULL.`,
          result: 'peinit_stream *',
          name,
          parameters: [connection, request, `${typeName(method.output)} **answer`, error],
          body: [
            'void *made = NULL;',
            `peinit_stream *stream = peinit_open_stream(connection, ${table}, request, answer == NULL ? NULL : &made, error);`,
            'if (answer != NULL) *answer = made;',
            'return stream;',
          ],
        },
        next(name, table, typeName(exchange.pushes.message)),
      ];
    default:
      return exchange satisfies never;
  }
}

const answered = (method: MethodModel, name: string, table: string, request: string, answer: string): readonly CFunction[] => [
  {
    comment: method.comment,
    result: 'bool',
    name,
    parameters: [connection, request, `${answer} **answer`, error],
    body: ['void *made = NULL;', `bool done = peinit_ask(connection, ${table}, request, &made, error);`, '*answer = made;', 'return done;'],
  },
  {
    comment: `Sends the request of {@link ${name}} and does not wait. NULL: it failed.`,
    result: 'peinit_call *',
    name: `${name}_send`,
    parameters: [connection, request, error],
    body: [`return peinit_send(connection, ${table}, request, error);`],
  },
  {
    comment: `Waits for the answer to a request that {@link ${name}_send} sent, whose call is over then, whatever comes of it.`,
    result: 'bool',
    name: `${name}_await`,
    parameters: ['peinit_call *call', timeout, `${answer} **answer`, error],
    body: ['void *made = NULL;', `bool done = peinit_await(call, ${table}, timeout_ms, &made, error);`, '*answer = made;', 'return done;'],
  },
];

const next = (name: string, table: string, line: string): CFunction => ({
  comment: `Takes what comes next of a stream of {@link ${name}}.`,
  result: 'peinit_taken',
  name: `${name}_next`,
  parameters: ['peinit_stream *stream', timeout, `${line} **line`, error],
  body: [
    'void *made = NULL;',
    `peinit_taken taken = peinit_take(stream, ${table}, timeout_ms, &made, error);`,
    '*line = made;',
    'return taken;',
  ],
});
