/** What every file of the Rust crate knows of the schema: its modules, and how each member is declared. */
import type { ClientPackage, ClientSocket } from '../../client-surface.ts';
import { clientPackages } from '../../client-surface.ts';
import type { EventModel, MemberForm } from '../../derive.ts';
import { eventsIn, memberForm, payloadMember, requestMessages } from '../../derive.ts';
import type { Refer } from '../../language.ts';
import { typeOf } from '../../language.ts';
import type { FieldModel, MessageModel, SchemaModel } from '../../model.ts';
import { rustLanguage } from './language.ts';
import { rustName } from './names.ts';

export const payloadType = 'EventPayload';
export const nameType = 'EventName';

export interface Member {
  readonly field: FieldModel;
  readonly name: string;
  /** Of the value where it is there. */
  readonly type: string;
  readonly form: MemberForm;
  /** It is what the event of the name beside it says, or that name. */
  readonly carries: 'payload' | 'name' | null;
}

export class Surface {
  readonly schema: SchemaModel;
  readonly packages: readonly ClientPackage[];
  readonly sockets: readonly ClientSocket[];
  readonly events: readonly EventModel[];
  readonly #read: ReadonlySet<MessageModel>;

  constructor(schema: SchemaModel) {
    this.schema = schema;
    this.packages = clientPackages(schema);
    this.sockets = this.packages.flatMap(({ sockets }) => sockets);
    const messages = this.packages.flatMap((one) => one.messages);
    this.events = messages.some((message) => payloadMember(message) !== null) ? eventsIn(messages) : [];
    this.#read = requestMessages(schema);
  }

  /** Clients write it. */
  isRequest(message: MessageModel): boolean {
    return this.#read.has(message);
  }

  /** Name of a declaration as it stands in a module. */
  refer(module: string): Refer {
    return (from, name) => (from === module ? name : `crate::${rustName(from)}::${name}`);
  }

  /** Name of a message as it stands in a module. */
  name(message: MessageModel, module: string): string {
    return this.refer(module)(message.package, message.name);
  }

  members(message: MessageModel): readonly Member[] {
    const carried = payloadMember(message);
    const refer = this.refer(message.package);
    return message.fields.map((field) => {
      const carries = field === carried?.payload ? 'payload' : field === carried?.name ? 'name' : null;
      const plain = typeOf(field, rustLanguage, refer);
      return {
        field,
        name: rustName(field.member),
        type: carries === null ? plain : refer('events', carries === 'payload' ? payloadType : nameType),
        form: memberForm(message, field, this.isRequest(message)),
        carries,
      };
    });
  }
}
