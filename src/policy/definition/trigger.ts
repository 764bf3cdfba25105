/** Triggers: boot, timer:EXPRESSION, and types of later versions, which are kept and ignored. PSD-007 3.1, DEF-004. */
import { parseCalendar } from '../calendar/parse.ts';
import type { Trigger } from './definition.ts';
import type { Parsed, Problem } from './problem.ts';
import { bad, good } from './problem.ts';

export function parseTrigger(text: string): Parsed<Trigger> {
  if (text === '') return bad('is empty', 'Write boot or timer:EXPRESSION, or remove the entry.');
  if (text.startsWith(':') || text.endsWith(':')) {
    return bad('begins or ends with a colon', 'Write boot or timer:EXPRESSION.');
  }
  const colon = text.indexOf(':');
  const type = colon === -1 ? text : text.slice(0, colon);
  switch (type) {
    case 'boot':
      return colon === -1 ? good({ type: 'boot' }) : bad('gives boot an argument', 'Write boot alone.');
    case 'timer':
      return colon === -1
        ? bad('gives timer no expression', 'Write timer:EXPRESSION, such as timer:daily.')
        : parseTimer(text.slice(colon + 1));
    default:
      return good({ type: 'unknown', text }, [unknownType(type)]);
  }
}

/** As the definition has it. */
export function formatTrigger(trigger: Trigger): string {
  switch (trigger.type) {
    case 'boot':
      return 'boot';
    case 'timer':
      return `timer:${trigger.expression}`;
    case 'unknown':
      return trigger.text;
    default:
      return trigger satisfies never;
  }
}

function parseTimer(expression: string): Parsed<Trigger> {
  const calendar = parseCalendar(expression);
  return calendar.ok ? good({ type: 'timer', expression }) : calendar;
}

function unknownType(type: string): Problem {
  const meant = type.toLowerCase();
  const remedy = meant === 'boot' || meant === 'timer' ? `Write ${meant} in lower case.` : 'Known are boot and timer:EXPRESSION.';
  return { what: 'is of an unknown type and ignored', remedy };
}
