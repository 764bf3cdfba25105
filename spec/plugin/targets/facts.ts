/** gen/PACKAGE/facts.ts: the facts of the schema as plain frozen tables. */
import { parseParameterDefault, registryDefault } from '../defaults.ts';
import type { EndpointFacts, EnumModel, FieldModel, MessageModel, PackageModel, SchemaModel } from '../model.ts';
import { wireNameOf } from '../model.ts';
import { literal, lowerFirst, serviceStem } from '../names.ts';
import type { PrintedFile, TableValue } from '../print.ts';
import { doc, sourceOf, TypeImports, tsLiteral, typescriptFile } from '../print.ts';
import { bounds, factColumns, fieldRow, rowKind, scalarKind } from './fact-rows.ts';

export function printFacts(schema: SchemaModel): readonly PrintedFile[] {
  return schema.packages.flatMap((one) => {
    const printer = new FactsPrinter(one);
    const tables = printer.tables();
    return tables.length === 0
      ? []
      : [typescriptFile(`gen/${one.name}/facts.ts`, sourceOf(one), [...printer.imports(), '', freezer, ...tables])];
  });
}

const freezer = `/** Freezes a table with all that is in it. */
const freeze = <T>(table: T): T => {
  if (typeof table === 'object' && table !== null) for (const inner of Object.values(Object.freeze(table))) freeze(inner);
  return table;
};
`;

class FactsPrinter {
  readonly #one: PackageModel;
  readonly #types: TypeImports;
  readonly #rows = new Set<string>();

  constructor(one: PackageModel) {
    this.#one = one;
    this.#types = new TypeImports('', (name) => (name === one.name ? './types.ts' : `../${name}/types.ts`));
  }

  imports(): readonly string[] {
    const rows = [...this.#rows].sort().join(', ');
    const path = this.#one.name === 'options' ? './rows.ts' : '../options/rows.ts';
    return [...(rows === '' ? [] : [`import type { ${rows} } from '${path}';`]), ...this.#types.lines()];
  }

  tables(): readonly string[] {
    const { enums, messages } = this.#one;
    const registry = messages.filter(({ kind }) => kind === 'registry');
    return [
      ...enums.flatMap((declared) => this.#enumFacts(declared)),
      ...enums.filter(({ transitions }) => transitions.length > 0).flatMap((declared) => this.#transitions(declared)),
      ...enums.filter(({ conflicts }) => conflicts.length > 0).flatMap((declared) => this.#conflicts(declared)),
      ...this.#commands(),
      ...this.#endpoints(),
      ...registry.flatMap((message) => this.#registry(message, tableStem(this.#one, message, registry.length))),
      ...this.#parameters(messages.filter(({ kind }) => kind === 'parameter')),
      ...this.#notify(messages.filter(({ kind }) => kind === 'notify')),
    ];
  }

  #row(name: string): string {
    this.#rows.add(name);
    return name;
  }

  #own(name: string): string {
    return this.#types.use(this.#one.name, name);
  }

  #table(comment: string, name: string, type: string, value: TableValue): readonly string[] {
    return [doc(comment), `export const ${name}: ${type} = /* @__PURE__ */ freeze(${tsLiteral(value)});`, ''];
  }

  #enumFacts(declared: EnumModel): readonly string[] {
    if (this.#one.name === 'options') {
      if (declared.name !== 'Right') return [];
      const bits = Object.fromEntries(declared.values.map((value) => [value.wire, value.facts.bit]));
      return this.#table('Bits of the rights, by their names.', 'rights', `{ readonly [R in ${this.#own('Right')}]: number }`, bits);
    }
    if (declared.name === 'ErrorCode') {
      const rows = Object.fromEntries(
        declared.values.map((value) => [value.wire, { text: value.comment, remedy: value.facts.remedy, closes: value.facts.closes }]),
      );
      return this.#table(declared.comment, 'errorCodes', `{ readonly [C in ${this.#own('ErrorCode')}]: ${this.#row('ErrorRow')} }`, rows);
    }
    const columns = factColumns(declared);
    const members = columns.map(({ name, type }) => `readonly ${name}: ${type}`).join('; ');
    const rows = Object.fromEntries(
      declared.values.map((value) => [value.wire, Object.fromEntries(columns.map(({ name, of }) => [name, of(value)]))]),
    );
    return this.#table(
      `Facts of the values of {@link ${declared.name}}.`,
      `${lowerFirst(declared.name)}Facts`,
      `{ readonly [V in ${this.#own(declared.name)}]: { ${members} } }`,
      rows,
    );
  }

  #transitions(declared: EnumModel): readonly string[] {
    const rows = declared.transitions.map(({ from, to, causes, section }) => ({ from, to, causes, section }));
    const type = `readonly ${this.#row('TransitionRow')}<${this.#own(declared.name)}, ${this.#own('Cause')}>[]`;
    return this.#table('All allowed steps of a service; any other is an internal error.', 'transitions', type, rows);
  }

  #conflicts(declared: EnumModel): readonly string[] {
    const live = [...new Set(declared.conflicts.map((row) => row.live))];
    const states = [...new Set(declared.conflicts.map((row) => row.state))];
    const byState = (of: (row: EnumModel['conflicts'][number]) => TableValue): TableValue =>
      Object.fromEntries(
        live.map((type) => [
          type,
          Object.fromEntries(declared.conflicts.filter((row) => row.live === type).map((row) => [row.state, of(row)])),
        ]),
      );
    const union = (names: readonly string[]): string => names.map(literal).join(' | ');
    return [
      '/** Operation types that can be live. */',
      `export type LiveOperationType = ${union(live)};`,
      '',
      '/** States of a live operation. */',
      `export type LiveOperationState = ${union(states)};`,
      '',
      ...this.#table(
        'What a new command does beside a live operation: by type and state of the live one, then by the new command.',
        'conflicts',
        `{ readonly [T in LiveOperationType]: { readonly [S in LiveOperationState]: ${this.#row('ConflictRow')} } }`,
        byState((row) => Object.fromEntries(row.cells)),
      ),
      ...this.#table(
        'Error texts of operations that later ones end: by type and state of the ended one; null where a restart ends none.',
        'operationTexts',
        '{ readonly supersededByRestart: { readonly [T in LiveOperationType]: { readonly [S in LiveOperationState]: string | null } } }',
        { supersededByRestart: byState((row) => row.supersededByRestart || null) },
      ),
    ];
  }

  #commands(): readonly string[] {
    const methods = this.#one.services.flatMap((service) => service.methods);
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
          waits: method.input.fields.some(({ member }) => member === 'wait'),
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
        ...this.#table(
          'The commands.',
          'commands',
          `{ readonly [C in CommandName]: ${this.#row('CommandRow')} }`,
          Object.fromEntries(rows),
        ),
      );
    }
    if (calls.length > 0) {
      printed.push(...names('callNames', 'CallName', calls.map(wireNameOf)));
      const rows = Object.fromEntries(calls.map((method) => [wireNameOf(method), { name: wireNameOf(method), text: method.comment }]));
      printed.push(...this.#table('The calls.', 'calls', `{ readonly [C in CallName]: ${this.#row('CallRow')} }`, rows));
    }
    return printed;
  }

  #endpoints(): readonly string[] {
    const row = ({ path, discriminator, correlation, outcome, maxLine, section }: EndpointFacts): TableValue => ({
      path,
      discriminator,
      correlation,
      outcome,
      maxLine,
      section,
    });
    const rows = [
      ...this.#one.services.flatMap(({ name, endpoint }): readonly [string, TableValue][] =>
        endpoint === null ? [] : [[lowerFirst(serviceStem(name)), row(endpoint)]],
      ),
      ...this.#one.messages.flatMap(({ datagram }): readonly [string, TableValue][] =>
        datagram === null ? [] : [[this.#one.name, row(datagram)]],
      ),
    ];
    if (rows.length === 0) return [];
    const members = rows.map(([name]) => `readonly ${name}: ${this.#row('EndpointRow')}`).join('; ');
    return this.#table('The sockets.', 'endpoints', `{ ${members} }`, Object.fromEntries(rows));
  }

  #registry(message: MessageModel, stem: string): readonly string[] {
    const type = this.#own(message.name);
    const rows = Object.fromEntries(message.fields.map((field) => [field.member, fieldRow(message, field)]));
    const members = message.fields.map((field) => `readonly ${field.member}: ${this.#fieldType(field)}`).join('; ');
    const required = message.fields.filter((field) => field.registry?.required === true).map((field) => literal(field.member));
    const defaults = message.fields.flatMap((field): readonly [string, TableValue][] => {
      const value = registryDefault(field);
      return value === null ? [] : [[field.member, value]];
    });
    const key: TableValue = { path: message.key?.path ?? '', watched: message.key?.watched ?? false };
    return [
      ...this.#table(`The registry values of {@link ${message.name}}, by member.`, `${stem}Fields`, `{ ${members} }`, rows),
      ...this.#table(
        `What absent values of {@link ${message.name}} count as.`,
        `${stem}Defaults`,
        required.length === 0 ? type : `Omit<${type}, ${required.join(' | ')}>`,
        Object.fromEntries(defaults),
      ),
      ...this.#table(`Where {@link ${message.name}} stands in the registry.`, `${stem}Key`, this.#row('KeyRow'), key),
    ];
  }

  #fieldType(field: FieldModel): string {
    const name = this.#row(`${rowKind(field)}Field`);
    return field.type.kind === 'enum' && !field.list ? `${name}<${this.#types.use(field.type.of.package, field.type.of.name)}>` : name;
  }

  #parameters(messages: readonly MessageModel[]): readonly string[] {
    const fields = messages.flatMap((message) => message.fields);
    if (fields.length === 0) return [];
    const rows = fields.map((field): [string, TableValue] => [
      field.member,
      {
        member: field.member,
        name: field.parameter?.name ?? '',
        kind: scalarKind(field),
        values: field.type.kind === 'enum' ? field.type.of.values.map(({ wire }) => wire) : [],
        default: parseParameterDefault(field),
        ...bounds(field),
        placeholder: field.parameter?.placeholder ?? '',
        section: field.parameter?.section ?? '',
        text: field.comment,
      },
    ]);
    const keys = messages.map(({ name }) => `keyof ${this.#own(name)}`).join(' | ');
    return this.#table(
      'The kernel-style parameters, by member.',
      'parameters',
      `{ readonly [P in ${keys}]: ${this.#row('ParameterRow')} }`,
      Object.fromEntries(rows),
    );
  }

  #notify(messages: readonly MessageModel[]): readonly string[] {
    const fields = messages.flatMap((message) => message.fields);
    if (fields.length === 0) return [];
    const rows = fields.map((field): [string, TableValue] => [
      field.member,
      {
        member: field.member,
        name: field.notify?.name ?? '',
        value: field.notify?.value ?? '',
        kind: scalarKind(field),
        ...bounds(field),
        inert: field.notify?.inert ?? false,
        section: field.notify?.section ?? '',
        text: field.comment,
      },
    ]);
    const keys = messages.map(({ name }) => `keyof ${this.#own(name)}`).join(' | ');
    return this.#table(
      'The keys of the notify socket, by member.',
      'notifyKeys',
      `{ readonly [K in ${keys}]: ${this.#row('NotifyRow')} }`,
      Object.fromEntries(rows),
    );
  }
}

/** `definition`, `setting`: the package in the singular where it has one such message, else the message. */
const tableStem = (one: PackageModel, message: MessageModel, count: number): string =>
  count === 1 ? one.name.replace(/s$/, '') : lowerFirst(message.name);
