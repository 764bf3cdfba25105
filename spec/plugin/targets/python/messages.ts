/** Messages as dataclasses that read themselves from JSON and write themselves. Those that come are not frozen: they are made faster so. */
import type { MemberForm } from '../../derive.ts';
import { memberForm, payloadMember } from '../../derive.ts';
import type { Refer } from '../../language.ts';
import { typeOf } from '../../language.ts';
import type { FieldModel, MessageModel, UnionModel } from '../../model.ts';
import { encoded, isPlain, memberName, payloadType, reading, unionDecoder, unionEncoder } from './converters.ts';
import type { Imports } from './imports.ts';
import { doc, literal, longest, python } from './language.ts';

/** What a message is beside its members: its base class, and what stands in its class before and after them. */
export interface Role {
  readonly base: string;
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** A conditional expression that is too long for one line, as the formatter breaks it. */
const conditional = (line: string): string => (line.length <= longest ? line : line.replace(/ (?=if |else )/g, '\n            '));

const plain: Role = { base: '', before: [], after: [] };

export class Messages {
  readonly #read: ReadonlySet<MessageModel>;
  readonly #refer: Refer;
  readonly #imports: Imports;

  /** `read`: the messages that clients write. */
  constructor(read: ReadonlySet<MessageModel>, refer: Refer, imports: Imports) {
    this.#read = read;
    this.#refer = refer;
    this.#imports = imports;
  }

  print(message: MessageModel, role: Role = plain): readonly string[] {
    if (message.union !== null) return this.#union(message, message.union);
    if (message.array) throw new Error(`${message.name} is written as an array, which no socket of clients has`);
    return [
      '',
      '',
      `@${this.#imports.from('dataclasses', 'dataclass')}(${this.#read.has(message) ? 'frozen=True, ' : ''}slots=True, kw_only=True)`,
      `class ${message.name}${role.base === '' ? '' : `(${role.base})`}:`,
      doc(message.comment, '    '),
      ...role.before,
      ...(message.fields.length === 0 ? [] : ['']),
      ...message.fields.flatMap((field) => [`    ${this.#declaration(message, field)}`, doc(field.comment, '    ')]),
      ...this.#decode(message),
      ...this.#encode(message),
      ...role.after,
    ];
  }

  /** The declaration of a member, as an attribute or as a parameter. */
  #declaration(message: MessageModel, field: FieldModel): string {
    return python.member(memberName(field.member), this.type(message, field), this.form(message, field));
  }

  type(message: MessageModel, field: FieldModel): string {
    if (field === payloadMember(message)?.payload) return payloadType(this.#imports);
    if (field.list) this.#imports.sequence();
    return typeOf(field, python, this.#refer);
  }

  form(message: MessageModel, field: FieldModel): MemberForm {
    return memberForm(message, field, this.#read.has(message));
  }

  #decode(message: MessageModel): readonly string[] {
    const whole = this.#imports.ours('wire', 'members');
    const head = ['', '    @classmethod', `    def decode(cls, value: object) -> ${message.name}:`, '        """Reads it from JSON."""'];
    if (message.fields.length === 0) return [...head, `        ${whole}(value)`, '        return cls()'];
    const read = message.fields.map((field) => {
      const value = reading(message, field, this.form(message, field), this.#refer, this.#imports);
      return conditional(`            ${memberName(field.member)}=${value},`);
    });
    return [...head, `        whole = ${whole}(value)`, '        return cls(', ...read, '        )'];
  }

  /** Members that are left out stand behind those that are always there. */
  #encode(message: MessageModel): readonly string[] {
    const value = this.#imports.ours('wire', 'JsonValue');
    const entries = message.fields.map((field) => ({ field, form: this.form(message, field) }));
    const always = entries.flatMap(({ field, form }) => {
      if (form === 'optional' || form === 'lenient') return [];
      const self = `self.${memberName(field.member)}`;
      const written = encoded(message, field, self, this.#refer, this.#imports);
      const given = form === 'nullable' && !isPlain(message, field) ? `None if ${self} is None else ${written}` : written;
      return [`            ${literal(field.member)}: ${given},`];
    });
    const perhaps = entries.flatMap(({ field, form }) => {
      if (form !== 'optional' && form !== 'lenient') return [];
      const self = `self.${memberName(field.member)}`;
      const written = encoded(message, field, self, this.#refer, this.#imports);
      return [`        if ${self} is not None:`, `            whole[${literal(field.member)}] = ${written}`];
    });
    const literalDict = always.length === 0 ? ['{}'] : ['{', ...always, '        }'];
    const [first = '', ...rest] = literalDict;
    const head = ['', `    def encode(self) -> dict[str, ${value}]:`, '        """Its members as JSON."""'];
    if (perhaps.length === 0) return [...head, `        return ${first}`, ...rest];
    return [...head, `        whole: dict[str, ${value}] = ${first}`, ...rest, ...perhaps, '        return whole'];
  }

  /** One of several classes, told by a member that only the union has. */
  #union(message: MessageModel, { member, forms }: UnionModel): readonly string[] {
    if (new Set(forms.map(({ of }) => of)).size < forms.length)
      throw new Error(`${message.name} has a message twice, and its class would not tell which form it is`);
    const imports = this.#imports;
    const unknown = imports.ours('wire', 'UnknownForm');
    const name = (of: MessageModel): string => this.#refer(of.package, of.name);
    const alias = imports.from('typing', 'TypeAlias');
    const union = imports.from('typing', 'Union');
    const types = [...forms.map(({ of }) => (of.package === message.package ? literal(name(of)) : name(of))), unknown];
    const about = [message.comment, ...forms.map(({ value, comment, of }) => `${value} (${of.name}): ${comment}`)].join('\n\n');
    return [
      '',
      '',
      `${message.name}: ${alias} = ${union}[${types.join(', ')}]`,
      doc(about),
      '',
      '',
      `def ${unionDecoder(message.name)}(value: object) -> ${message.name}:`,
      '    """Reads it from JSON; a form of a newer daemon is handed on as it is."""',
      `    whole = ${imports.ours('wire', 'members')}(value)`,
      `    form = ${imports.ours('wire', 'required')}(whole, ${literal(member)}, ${imports.ours('wire', 'as_string')})`,
      ...forms.flatMap(({ value, of }) => [`    if form == ${literal(value)}:`, `        return ${name(of)}.decode(whole)`]),
      `    return ${unknown}(form, whole)`,
      '',
      '',
      `def ${unionEncoder(message.name)}(value: ${message.name}) -> dict[str, ${imports.ours('wire', 'JsonValue')}]:`,
      '    """The form and its members as JSON."""',
      ...forms.flatMap(({ value, of }) => [
        `    if isinstance(value, ${name(of)}):`,
        `        return {${literal(member)}: ${literal(value)}, **value.encode()}`,
      ]),
      '    return dict(value.members)',
    ];
  }
}
