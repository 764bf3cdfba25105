/** clients/typescript/generated/client.ts: one typed method per command. */
import type { MethodModel, SchemaModel, ServiceModel } from '../model.ts';
import { wireNameOf } from '../model.ts';
import { camelCase, literal, serviceStem } from '../names.ts';
import type { PrintedFile } from '../print.ts';
import { doc, typescriptFile } from '../print.ts';
import { commandsType } from './handlers.ts';

export function printClient(schema: SchemaModel): readonly PrintedFile[] {
  const offered = schema.packages.filter(({ services }) => services.length > 0);
  if (offered.length === 0) return [];
  const imports = offered.map(
    (one) => `import type { ${one.services.map(commandsType).sort().join(', ')} } from '../../../gen/${one.name}/handlers.ts';`,
  );
  return [
    typescriptFile('clients/typescript/generated/client.ts', offered.map(({ name }) => `peinit/${name}`).join(', '), [
      ...imports,
      '',
      transport,
      ...offered.flatMap((one) => one.services.flatMap(printService)),
    ]),
  ];
}

const transport = `/** What carries the messages: a connection that frames them, relates answers to requests, and turns refusals into errors. */
export interface Transport {
  /** Sends a command with its members; resolves with the answer, rejects when the command is refused or the connection fails. */
  call(command: string, members: object): Promise<unknown>;
  /** Sends a command that is answered by a stream; yields its lines after the acknowledgement. */
  stream(command: string, members: object): AsyncIterable<unknown>;
}
`;

function printService(service: ServiceModel): readonly string[] {
  return [
    doc(service.comment),
    `export class ${serviceStem(service.name)}Client {`,
    '  readonly #transport: Transport;',
    '',
    '  constructor(transport: Transport) {',
    '    this.#transport = transport;',
    '  }',
    ...service.methods.flatMap((method) => ['', ...printMethod(service, method)]),
    '}',
    '',
  ];
}

function printMethod(service: ServiceModel, method: MethodModel): readonly string[] {
  const name = wireNameOf(method);
  const type = `${commandsType(service)}[${literal(name)}]`;
  const empty = method.input.fields.every((field) => field.wire?.presence === 'optional') ? ' = {}' : '';
  const answer = `${type}['response']`;
  const result = method.streaming ? `AsyncIterable<${answer}>` : `Promise<${answer}>`;
  const sends = method.streaming ? 'stream' : 'call';
  return [
    doc(method.comment, '  '),
    `  ${camelCase(name)}(request: ${type}['request']${empty}): ${result} {`,
    `    return this.#transport.${sends}(${literal(name)}, request) as ${result};`,
    '  }',
  ];
}
