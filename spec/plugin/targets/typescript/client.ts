/** clients/typescript/generated/client.ts: one typed method per command of the sockets that have several. */
import { wireNameOf } from '../../derive.ts';
import type { MethodModel, SchemaModel, ServiceModel } from '../../model.ts';
import { serviceStem } from '../../names.ts';
import type { PrintedFile } from '../../printed-file.ts';
import { commandsType } from './handlers.ts';
import { Imports } from './imports.ts';
import { doc, typescript, typescriptFile } from './language.ts';
import { literal } from './literals.ts';

export function printClient(schema: SchemaModel): readonly PrintedFile[] {
  const offered = schema.packages
    .map((one) => ({ ...one, services: one.services.filter(({ endpoint }) => endpoint?.discriminator !== '') }))
    .filter(({ services }) => services.length > 0);
  if (offered.length === 0) return [];
  const imports = new Imports();
  imports.type('../call-options.ts', 'CallOptions');
  imports.type('../lines.ts', 'Lines');
  const printed = offered.flatMap((one) =>
    one.services.flatMap((service) => printService(service, imports.type(`../../../gen/${one.name}/handlers.ts`, commandsType(service)))),
  );
  return [
    typescriptFile('clients/typescript/generated/client.ts', offered.map(({ name }) => `peinit/${name}`).join(', '), [
      ...imports.lines(),
      '',
      transport,
      ...printed,
    ]),
  ];
}

const transport = `/** What carries the messages: a connection that frames them, relates answers to requests, and turns refusals into \
errors. */
export interface Transport<Command extends string> {
  /** Sends a command with its members; resolves with the answer, rejects when the command is refused or the connection fails. */
  call(command: Command, members: object, options?: CallOptions): Promise<unknown>;
  /** Sends a command that is answered by a stream; yields its lines after the acknowledgement. */
  stream(command: Command, members: object, options?: CallOptions): Lines<unknown>;
}

/** The requests and answers of commands: those of a daemon of this version, or those of whatever version (types.ts). */
type Table<Command extends string> = { readonly [C in Command]: { readonly request: object; readonly response: unknown } };
`;

function printService(service: ServiceModel, commands: string): readonly string[] {
  return [
    doc(service.comment),
    `export class ${serviceStem(service.name)}Client<C extends Table<keyof ${commands}> = ${commands}> {`,
    `  readonly #transport: Transport<keyof ${commands}>;`,
    '',
    `  constructor(transport: Transport<keyof ${commands}>) {`,
    '    this.#transport = transport;',
    '  }',
    ...service.methods.flatMap((method) => ['', ...printMethod(method)]),
    '}',
    '',
  ];
}

function printMethod(method: MethodModel): readonly string[] {
  const name = wireNameOf(method);
  const type = `C[${literal(name)}]`;
  const empty = method.input.fields.every((field) => field.wire?.presence === 'optional') ? ' = {}' : '';
  const answer = `${type}['response']`;
  const result = method.streaming ? `Lines<${answer}>` : `Promise<${answer}>`;
  const sends = method.streaming ? 'stream' : 'call';
  return [
    doc(method.comment, '  '),
    `  ${typescript.names.method(name)}(request: ${type}['request']${empty}, options: CallOptions = {}): ${result} {`,
    `    return this.#transport.${sends}(${literal(name)}, request, options) as ${result};`,
    '  }',
  ];
}
