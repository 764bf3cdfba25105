/** A method for each command, on the blocking client and on that of tokio. */
import type { ClientSocket } from '../../client-surface.ts';
import { wireNameOf } from '../../derive.ts';
import type { MethodModel } from '../../model.ts';
import type { Command } from './exchanges.ts';
import { commandsOf } from './exchanges.ts';
import { doc, printFunction } from './language.ts';
import { rustName, stemOf } from './names.ts';
import type { Surface } from './surface.ts';

export interface Flavour {
  /** Module of the client. */
  readonly module: string;
  readonly asynchronous: boolean;
}

export function printClients(surface: Surface, { module, asynchronous }: Flavour): readonly string[] {
  return surface.sockets.flatMap((socket) => {
    const at = `crate::${rustName(socket.package.name)}`;
    const stem = stemOf(socket.service);
    return [
      `/// A connection to [\`${at}::${stem}\`].`,
      `pub type ${stem}Client = ${module}::Client<${at}::${stem}>;`,
      '',
      `impl ${module}::Client<${at}::${stem}> {`,
      ...commandsOf(surface, socket).flatMap((command, index) => [
        ...(index === 0 ? [] : ['']),
        ...printMethod(command, socket, surface, { module, asynchronous }),
      ]),
      '}',
      '',
    ];
  });
}

const endings = {
  lines: '\n\nNothing else can be asked on the connection afterwards.',
  parts: '\n\nThe stream ends behind the last part.',
  pushes: '\n\nWhat follows the answer comes by the stream.',
};

function printMethod(command: Command, socket: ClientSocket, surface: Surface, { module, asynchronous }: Flavour): readonly string[] {
  const { method, exchange } = command;
  const at = `crate::${rustName(socket.package.name)}`;
  const stem = `${at}::${stemOf(socket.service)}`;
  const absolute = (name: string): string => (name.startsWith('crate::') ? name : `${at}::${name}`);
  const result = (of: string): string => `Result<${of}, ${at}::Error>`;
  const answer = absolute(command.answer);
  const wait = asynchronous ? '.await' : '';
  const request = surface.name(method.input, '');
  const [way, gives] =
    exchange.kind === 'pushes'
      ? ['pushes', `${module}::Pushed<${request}>`]
      : exchange.kind === 'lines' || exchange.kind === 'parts'
        ? [exchange.kind, `${module}::Stream<${stem}, ${answer}>`]
        : ['call', answer];
  const ending = exchange.kind in endings ? endings[exchange.kind as keyof typeof endings] : '';
  return [
    doc(`${method.comment}${ending}`, '    '),
    ...printFunction(`pub ${asynchronous ? 'async ' : ''}fn ${methodName(method)}`, ['&self', `request: ${request}`], result(gives), [
      `self.${way}(request)${wait}`,
    ]),
  ];
}

const methodName = (method: MethodModel): string => rustName(wireNameOf(method));
