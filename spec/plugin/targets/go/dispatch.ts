/** clients/go/driver/dispatch/dispatch.go: commands by their names, for the driver of the conformance suite. */

import type { ClientSocket } from '../../client-surface.ts';
import { exchangeOf } from '../../client-surface.ts';
import { wireNameOf } from '../../derive.ts';
import type { SchemaModel } from '../../model.ts';
import type { PrintedFile } from '../../printed-file.ts';
import { goFile, quoted, stemOf } from './language.ts';
import { goName } from './names.ts';
import { Surface } from './surface.ts';

const intro = 'Package dispatch gives the commands of each socket, by their names, to the typed methods of the client.';

export function printGoDispatch(schema: SchemaModel): readonly PrintedFile[] {
  const surface = new Surface(schema);
  // A socket with one command alone has a function of its own in the client.
  const sockets = surface.sockets.filter(({ endpoint }) => endpoint.discriminator !== '');
  if (sockets.length === 0) return [];
  const from = sockets.map((socket) => `peinit/${socket.package.name}`).join(', ');
  const body = sockets.flatMap((socket) => printSocket(schema, socket, surface));
  return [goFile('clients/go/driver/dispatch/dispatch.go', from, 'dispatch', body, intro)];
}

function printSocket(schema: SchemaModel, socket: ClientSocket, surface: Surface): readonly string[] {
  const stem = stemOf(socket.service);
  const methods = socket.service.methods.map((method) => ({ method, exchange: exchangeOf(schema, socket, method) }));
  const asked = methods.filter(({ exchange }) => exchange.kind === 'answer' || exchange.kind === 'joined');
  const followed = methods.filter(({ exchange }) => exchange.kind !== 'answer' && exchange.kind !== 'joined');
  return [
    `// Send${stem} sends a command without waiting for its answer.`,
    `func Send${stem}(ctx context.Context, c *peinit.${stem}, command string, members []byte) (typed.Answer, error) {`,
    '\tswitch command {',
    ...asked.flatMap(({ method, exchange }) => {
      const two = exchange.kind === 'answer' && exchange.other !== null;
      const answer = `wire.${two ? `${goName(wireNameOf(method))}Answer` : surface.names.of(method.output)}`;
      return [
        `\tcase ${quoted(wireNameOf(method))}:`,
        `\t\treturn typed.Send(members, func(request wire.${surface.names.of(method.input)}) *peinit.Call[${answer}] {`,
        `\t\t\treturn peinit.Send${stem}(ctx, c, request)`,
        '\t\t})',
      ];
    }),
    '\t}',
    '\treturn nil, typed.Unknown(command)',
    '}',
    '',
    `// Stream${stem} sends a command that more than one answer follows.`,
    `func Stream${stem}(ctx context.Context, c *peinit.${stem}, command string, members []byte) (any, *typed.Lines, error) {`,
    '\tswitch command {',
    ...followed.flatMap(({ method, exchange }) => {
      const called = `c.${stem}Client.${goName(wireNameOf(method))}`;
      const begun =
        exchange.kind === 'parts'
          ? `Elements(ctx, members, ${called}, ${quoted(exchange.parts.list.member)})`
          : `${exchange.kind === 'pushes' ? 'Follow' : 'Stream'}(ctx, members, ${called})`;
      return [`\tcase ${quoted(wireNameOf(method))}:`, `\t\treturn typed.${begun}`];
    }),
    '\t}',
    '\treturn nil, nil, typed.Unknown(command)',
    '}',
    '',
  ];
}
