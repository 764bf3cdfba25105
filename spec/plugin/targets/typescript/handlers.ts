/** gen/PACKAGE/handlers.ts: the type of a handler table, so that a missing or wrong handler does not compile. */
import { answersOf, pushesOf, wireNameOf } from '../../derive.ts';
import type { SchemaModel, ServiceModel } from '../../model.ts';
import { serviceStem } from '../../names.ts';
import type { PrintedFile } from '../../printed-file.ts';
import { sourceOf } from '../../printed-file.ts';
import { Imports } from './imports.ts';
import { doc, typescript, typescriptFile } from './language.ts';

export function printHandlers(schema: SchemaModel): readonly PrintedFile[] {
  return schema.packages
    .filter(({ services }) => services.length > 0)
    .map((one) => {
      const imports = new Imports();
      const printed = one.services.flatMap((service) => printService(schema, service, imports));
      return typescriptFile(`gen/${one.name}/handlers.ts`, sourceOf(one), [...imports.lines(), '', ...printed]);
    });
}

/** ControlCommands of ControlService. */
export const commandsType = (service: ServiceModel): string => `${serviceStem(service.name)}Commands`;

function printService(schema: SchemaModel, service: ServiceModel, imports: Imports): readonly string[] {
  const commands = commandsType(service);
  const stem = serviceStem(service.name);
  const type = ({ name }: { readonly name: string }): string => imports.type('./types.ts', name);
  return [
    doc(service.comment),
    `export interface ${commands} {`,
    ...service.methods.flatMap((method) => {
      const pushes = pushesOf(schema, method);
      const members = [
        `readonly request: ${type(method.input)}`,
        `readonly response: ${answersOf(service, method).map(type).join(' | ')}`,
        ...(pushes === null ? [] : [`readonly pushed: ${type(pushes.message)}`]),
      ];
      return [doc(method.comment, '  '), `  readonly ${typescript.names.member(wireNameOf(method))}: { ${members.join('; ')} };`];
    }),
    '}',
    '',
    '/** One handler. It gives the answer, or something of `Rest`: undefined where the answer comes later, ' +
      'unless the table says otherwise. */',
    `export type ${stem}Handler<Name extends keyof ${commands}, Context, Rest = undefined> = (`,
    '  context: Context,',
    `  request: ${commands}[Name]['request'],`,
    `) => ${commands}[Name]['response'] | Rest;`,
    '',
    '/** One handler for each command. */',
    `export type ${stem}Handlers<Context, Rest = undefined> = ` +
      `{ readonly [Name in keyof ${commands}]: ${stem}Handler<Name, Context, Rest> };`,
    '',
  ];
}
