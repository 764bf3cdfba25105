/** Parts that several pages have: an enum with its values, the objects of messages. */
import type { EnumModel, MessageModel } from '../../model.ts';
import { code, membersTable, prose, table } from './markdown.ts';

export const enumTable = (declared: EnumModel, heading: string): readonly string[] => [
  `${heading} ${declared.name}`,
  '',
  prose(declared.comment),
  '',
  ...table(
    ['Value', declared.numbered ? 'Number' : '', 'Meaning'],
    declared.values.map((value) => [
      code(value.wire),
      declared.numbered ? String(value.registryNumber) : '',
      prose(value.comment) + (value.facts.reserved ? ' Never sent.' : ''),
    ]),
  ),
];

export const objectsPart = (messages: Iterable<MessageModel>): readonly string[] => {
  const parts = [...messages].flatMap((message) => [
    `### ${message.name}`,
    '',
    prose(message.comment),
    '',
    ...membersTable(message.fields),
  ]);
  return parts.length === 0 ? [] : ['## Objects', '', ...parts];
};
