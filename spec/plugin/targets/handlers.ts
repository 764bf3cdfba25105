/** gen/PACKAGE/handlers.ts: the type of a handler table, so that a missing or wrong handler does not compile. */
import type { MessageModel, MethodModel, SchemaModel, ServiceModel } from '../model.ts';
import { wireNameOf } from '../model.ts';
import { memberName, serviceStem } from '../names.ts';
import type { PrintedFile } from '../print.ts';
import { doc, sourceOf, typescriptFile } from '../print.ts';

export function printHandlers(schema: SchemaModel): readonly PrintedFile[] {
  return schema.packages
    .filter(({ services }) => services.length > 0)
    .map((one) => {
      const messages = one.services.flatMap((service) => service.methods.flatMap((method) => [method.input, ...answers(service, method)]));
      const names = [...new Set(messages.map(({ name }) => name))].sort();
      return typescriptFile(`gen/${one.name}/handlers.ts`, sourceOf(one), [
        `import type { ${names.join(', ')} } from './types.ts';`,
        '',
        ...one.services.flatMap(printService),
      ]);
    });
}

/** ControlCommands of ControlService. */
export const commandsType = (service: ServiceModel): string => `${serviceStem(service.name)}Commands`;

/**
 * The cells already and noop are answered with the shape of command status instead of the command's own answer, so a command
 * that has one of them has two answers.
 */
export function alternativeAnswer(service: ServiceModel, method: MethodModel): MessageModel | null {
  const cells = [...(method.command?.matrix?.values() ?? [])];
  if (!cells.includes('already') && !cells.includes('noop')) return null;
  const status = service.methods.find((other) => other.command?.name === 'status')?.output ?? null;
  return status === method.output ? null : status;
}

const answers = (service: ServiceModel, method: MethodModel): readonly MessageModel[] => {
  const other = alternativeAnswer(service, method);
  return other === null ? [method.output] : [method.output, other];
};

function printService(service: ServiceModel): readonly string[] {
  const commands = commandsType(service);
  const stem = serviceStem(service.name);
  return [
    doc(service.comment),
    `export interface ${commands} {`,
    ...service.methods.flatMap((method) => {
      const response = answers(service, method)
        .map(({ name }) => name)
        .join(' | ');
      return [
        doc(method.comment, '  '),
        `  readonly ${memberName(wireNameOf(method))}: { readonly request: ${method.input.name}; readonly response: ${response} };`,
      ];
    }),
    '}',
    '',
    '/** One handler. It gives the answer, or something of `Rest`: undefined where the answer comes later, unless the table says otherwise. */',
    `export type ${stem}Handler<Name extends keyof ${commands}, Context, Rest = undefined> = (`,
    '  context: Context,',
    `  request: ${commands}[Name]['request'],`,
    `) => ${commands}[Name]['response'] | Rest;`,
    '',
    '/** One handler for each command. */',
    `export type ${stem}Handlers<Context, Rest = undefined> = { readonly [Name in keyof ${commands}]: ${stem}Handler<Name, Context, Rest> };`,
    '',
  ];
}
