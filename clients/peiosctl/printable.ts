/** Nothing that a service or a definition says may steer the terminal. Tabs stay. */
export const printable = (text: string): string => text.replace(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/g, '\ufffd');

/** An answer with all its texts printable. */
export function printableAnswer<Answer>(answer: Answer): Answer {
  const shown = (value: unknown): unknown => {
    if (typeof value === 'string') return printable(value);
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map(shown);
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, shown(member)]));
  };
  return shown(answer) as Answer;
}
