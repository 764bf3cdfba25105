/** Parts that several pages have: what they open with, an enum with its values, the objects of messages. */
import type { EnumModel, MessageModel, PackageModel, ServiceModel, UnionModel } from '../../model.ts';
import { code, membersTable, prose, table } from './markdown.ts';

export const title = (one: PackageModel): string =>
  `# ${one.name === 'service' ? 'States' : one.name.slice(0, 1).toUpperCase() + one.name.slice(1)}`;

/** What a file opens with, where it does not belong to a single command. */
export const intro = (one: PackageModel, services: readonly ServiceModel[]): readonly string[] => {
  const [first] = services;
  return [prose(first?.comment ?? one.intros.map(({ comment }) => comment).join(' ')), ''];
};

/** What is the same for all sockets is told once, by hand. */
export const protocolLink: readonly string[] = [
  'How lines are framed, ordered and told apart is said in [the protocol](../protocol.md); all of this page is also in `gen/wire.json`, ' +
    'which [a page of its own](../wire-json.md) explains.',
  '',
];

export const yes = (flag: boolean): string => (flag ? 'yes' : '');

export const enumTable = (declared: EnumModel, heading: string): readonly string[] => [
  `${heading} ${declared.name}`,
  '',
  prose(declared.comment),
  '',
  ...table(
    [
      'Value',
      declared.numbered ? 'Number' : '',
      declared.stated.includes('bit') ? 'Bit' : '',
      declared.stated.includes('sid') ? 'SID' : '',
      declared.stated.includes('sddl') ? 'SDDL' : '',
      'Meaning',
    ],
    declared.values.map((value) => [
      code(value.wire),
      declared.numbered ? String(value.registryNumber) : '',
      value.facts.bit === 0 ? '' : code(`0x${value.facts.bit.toString(16)}`),
      value.facts.sid === '' ? '' : code(value.facts.sid),
      value.facts.sddl === '' ? '' : code(value.facts.sddl),
      prose(value.comment) + (value.facts.reserved ? ' Never sent.' : ''),
    ]),
  ),
];

/** The forms of a union; what each says is told with its message. */
const formsTable = ({ member, forms }: UnionModel): readonly string[] =>
  table(
    [code(member), 'Then it has the members of', 'Meaning'],
    forms.map(({ value, comment, of }) => [code(value), `[${of.name}](#${of.name.toLowerCase()})`, prose(comment)]),
  );

export const objectsPart = (messages: Iterable<MessageModel>): readonly string[] => {
  const parts = [...messages].flatMap((message) => [
    `### ${message.name}`,
    '',
    prose(message.comment),
    '',
    ...(message.array ? ['It is written as an array of these, in this order.', ''] : []),
    ...(message.union === null ? membersTable(message.fields) : formsTable(message.union)),
  ]);
  return parts.length === 0 ? [] : ['## Objects', '', ...parts];
};
