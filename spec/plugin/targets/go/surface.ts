/** What every file of the Go package knows of the schema: names, which types are one of several, and which messages clients write. */
import type { ClientPackage, ClientSocket } from '../../client-surface.ts';
import { clientPackages } from '../../client-surface.ts';
import type { EventModel } from '../../derive.ts';
import { eventsIn, memberForm, payloadMember, requestMessages } from '../../derive.ts';
import type { Language, Refer } from '../../language.ts';
import { typeOf } from '../../language.ts';
import type { FieldModel, MessageModel, SchemaModel } from '../../model.ts';
import { goLanguage, hasNil } from './language.ts';
import { GoNames, goName } from './names.ts';

/** The one interface of what events say, and what stands for one that is newer than the schema. */
export const payloadType = 'EventPayload';
export const unknownEvent = 'UnknownEvent';

export class Surface {
  readonly schema: SchemaModel;
  readonly names: GoNames;
  readonly packages: readonly ClientPackage[];
  readonly sockets: readonly ClientSocket[];
  readonly events: readonly EventModel[];
  readonly #read: ReadonlySet<MessageModel>;
  readonly #interfaces: ReadonlySet<string>;
  readonly language: Language;
  readonly #refer: Refer;

  constructor(schema: SchemaModel) {
    this.schema = schema;
    this.names = new GoNames(schema);
    this.packages = clientPackages(schema);
    this.sockets = this.packages.flatMap(({ sockets }) => sockets);
    const messages = this.packages.flatMap((one) => one.messages);
    this.events = messages.some((message) => payloadMember(message) !== null) ? eventsIn(messages) : [];
    this.#read = requestMessages(schema);
    this.#interfaces = new Set([payloadType, ...messages.flatMap((one) => (one.union === null ? [] : [this.names.of(one)]))]);
    this.language = goLanguage(this.#interfaces);
    const declared = new Map(schema.packages.flatMap((one) => [...one.messages, ...one.enums].map((of) => [`${one.name}.${of.name}`, of])));
    this.#refer = (from, name) => {
      const of = declared.get(`${from}.${name}`);
      return of === undefined ? name : this.names.of(of);
    };
  }

  /** Where members may be null they may be missing as well. */
  isRead(message: MessageModel): boolean {
    return this.#read.has(message);
  }

  /** A failure is an error, so none of its members can have the name of the method that says so. */
  nameOf(message: MessageModel, field: FieldModel): string {
    const name = goName(field.member);
    return name === 'Error' && this.sockets.some(({ failure }) => failure === message) ? 'Code' : name;
  }

  /** How a member is declared and used. */
  member(message: MessageModel, field: FieldModel): Member {
    const carried = payloadMember(message);
    const isPayload = field === carried?.payload;
    const named = field === carried?.name ? 'EventName' : null;
    const type = isPayload ? payloadType : (named ?? typeOf(field, this.language, this.#refer));
    const form = memberForm(message, field, this.isRead(message));
    const isPointer = form !== 'required' && !hasNil(type, this.#interfaces);
    return {
      name: this.nameOf(message, field),
      type,
      form,
      isPointer,
      isPayload,
      element: type.replace(/^\[\]\*?/, ''),
      named: named !== null,
    };
  }
}

export interface Member {
  readonly name: string;
  /** Of the value where it is there. */
  readonly type: string;
  readonly form: ReturnType<typeof memberForm>;
  readonly isPointer: boolean;
  /** It is what the event of the name beside it says. */
  readonly isPayload: boolean;
  /** It is the name of an event. */
  readonly named: boolean;
  /** Type of one element of a list; of anything else the type. */
  readonly element: string;
}
