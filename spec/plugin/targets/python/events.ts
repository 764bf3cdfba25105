/** What events carry, by their names. */
import type { EventModel } from '../../derive.ts';
import type { Imports } from './imports.ts';
import { literal } from './language.ts';

/** Behind the messages of the package of events. */
export function printPayloads(events: readonly EventModel[], imports: Imports): readonly string[] {
  const alias = imports.from('typing', 'TypeAlias');
  const union = imports.from('typing', 'Union');
  const json = imports.ours('wire', 'JsonObject');
  const value = imports.ours('wire', 'JsonValue');
  const callable = imports.from('collections.abc', 'Callable');
  const decoders = `dict[str, ${callable}[[object], EventPayload]]`;
  return [
    '',
    '',
    `EventPayload: ${alias} = ${union}[`,
    ...events.map(({ message }) => `    ${message.name},`),
    ']',
    '"""What an event tells, one class for each name."""',
    '',
    `_payloads: ${decoders} = {`,
    ...events.map(({ message, facts }) => `    ${literal(facts.name)}: ${message.name}.decode,`),
    '}',
    '',
    '',
    `def payload_decoder(event: str | None) -> ${callable}[[object], EventPayload | ${json}]:`,
    '    """Reads what an event of that name tells; of a newer one, its members as they are."""',
    `    return _payloads.get(event or "", ${imports.ours('wire', 'members')})`,
    '',
    '',
    `def encode_payload(payload: EventPayload | ${json}) -> ${json}:`,
    '    """What it tells as JSON."""',
    `    if isinstance(payload, ${imports.from('collections.abc', 'Mapping')}):`,
    '        return payload',
    `    whole: dict[str, ${value}] = payload.encode()`,
    '    return whole',
  ];
}
