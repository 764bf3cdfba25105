/** Facts of commands, calls and sockets. */
import { waits, wireNameOf } from '../../derive.ts';
import type { TableValue } from '../../fact-rows.ts';
import type { EndpointFacts } from '../../model.ts';
import { serviceStem } from '../../names.ts';
import { typescript } from './language.ts';
import { tsLiteral } from './literals.ts';
import type { Tables } from './tables.ts';

export const serviceTables = (tables: Tables): readonly string[] => [...commands(tables), ...endpoints(tables), ...protocolVersion(tables)];

function commands(tables: Tables): readonly string[] {
  const methods = tables.one.services.flatMap((service) => service.methods);
  const commands = methods.flatMap((method) => (method.command === null ? [] : [{ method, command: method.command }]));
  const calls = methods.filter((method) => method.command === null && method.call !== null);
  const names = (list: string, type: string, of: readonly string[]): readonly string[] => [
    '/** All of them, in the order of the schema. */',
    `export const ${list} = ${tsLiteral(of)} as const;`,
    `export type ${type} = (typeof ${list})[number];`,
    '',
  ];
  const printed: string[] = [];
  if (commands.length > 0) {
    printed.push(
      ...names(
        'commandNames',
        'CommandName',
        commands.map(({ command }) => command.name),
      ),
    );
    const rows = commands.map(({ method, command }): [string, TableValue] => [
      command.name,
      {
        name: command.name,
        target: command.target,
        rights: command.rights,
        rightNames: command.rightNames,
        waits: waits(method),
        defaultWait: command.defaultWait,
        matrix: command.matrix === null ? null : Object.fromEntries(command.matrix),
        duringShutdown: command.duringShutdown,
        extension: command.extension,
        streaming: method.streaming,
        section: command.section,
        text: method.comment,
      },
    ]);
    printed.push(
      ...tables.table(
        'The commands.',
        'commands',
        `{ readonly [C in CommandName]: ${tables.row('CommandRow')} }`,
        Object.fromEntries(rows),
      ),
    );
  }
  if (calls.length > 0) {
    printed.push(...names('callNames', 'CallName', calls.map(wireNameOf)));
    const rows = Object.fromEntries(
      calls.map((method) => [wireNameOf(method), { ...method.call, streaming: method.streaming, text: method.comment }]),
    );
    printed.push(...tables.table('The calls.', 'calls', `{ readonly [C in CallName]: ${tables.row('CallRow')} }`, rows));
  }
  return printed;
}

/** The version is a constant of its own: it is about all sockets. */
const endpointRow = ({ protocol, ...row }: EndpointFacts): TableValue => row;

const protocolVersion = (tables: Tables): readonly string[] =>
  tables.one.services.flatMap(({ endpoint }) =>
    endpoint === null || endpoint.protocol === null
      ? []
      : tables.table(
          'Version of the protocol, of all sockets together.',
          'protocolVersion',
          '{ readonly major: number; readonly minor: number }',
          { ...endpoint.protocol },
        ),
  );

function endpoints(tables: Tables): readonly string[] {
  const rows = [
    ...tables.one.services.flatMap(({ name, endpoint }): readonly [string, TableValue][] =>
      endpoint === null ? [] : [[typescript.names.constant(serviceStem(name)), endpointRow(endpoint)]],
    ),
    ...tables.one.links.flatMap(({ name, endpoint }): readonly [string, TableValue][] =>
      endpoint === null ? [] : [[typescript.names.constant(serviceStem(name)), endpointRow(endpoint)]],
    ),
    ...tables.one.messages.flatMap(({ datagram }): readonly [string, TableValue][] =>
      datagram === null ? [] : [[tables.one.name, endpointRow(datagram)]],
    ),
  ];
  if (rows.length === 0) return [];
  const members = rows.map(([name]) => `readonly ${name}: ${tables.row('EndpointRow')}`).join('; ');
  return tables.table('The sockets.', 'endpoints', `{ ${members} }`, Object.fromEntries(rows));
}
