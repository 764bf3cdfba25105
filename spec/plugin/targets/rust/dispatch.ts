/** The driver's table: for each command of a socket the typed request that it is sent as. */
import { wireNameOf } from '../../derive.ts';
import { snakeCase } from '../../names.ts';
import { commandsOf } from './exchanges.ts';
import { printFunction, quoted } from './language.ts';
import { rustName, stemOf } from './names.ts';
import type { Surface } from './surface.ts';

export const printDispatch = (surface: Surface): readonly string[] => [
  'use crate::connection::{Begun, Connection};',
  'use crate::reply::Stopped;',
  '',
  ...surface.sockets.flatMap((socket) => {
    const stem = stemOf(socket.service);
    const client = `&Connection<peinit::${rustName(socket.package.name)}::${stem}>`;
    return [
      `/// Sends a command of the socket ${stem.toLowerCase()}.`,
      ...printFunction(
        `pub fn ${snakeCase(stem)}`,
        [`connection: ${client}`, 'command: &str', 'members: Map<String, Value>'],
        'Result<Begun, Stopped>',
        [
          'match command {',
          ...commandsOf(surface, socket).map(({ method, exchange }) => {
            const kind = exchange.kind === 'answer' || exchange.kind === 'joined' ? 'call' : exchange.kind;
            const type = `peinit::${rustName(method.input.package)}::${method.input.name}`;
            const list = exchange.kind === 'parts' ? `, ${quoted(exchange.parts.list.member)}` : '';
            return `    ${quoted(wireNameOf(method))} => connection.${kind}::<${type}>(members${list}),`;
          }),
          '    _ => Err(Stopped::unknown(command)),',
          '}',
        ],
        '',
      ),
      '',
    ];
  }),
];
