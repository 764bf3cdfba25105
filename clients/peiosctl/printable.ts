/** Text without what would steer a terminal: services, definitions and values may say anything. */
export const printable = (text: string): string => text.replace(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/g, '\ufffd');

/** An answer with all its texts printable. */
export const printableAnswer = <Answer>(answer: Answer): Answer =>
  JSON.parse(JSON.stringify(answer), (_name, value: unknown) => (typeof value === 'string' ? printable(value) : value)) as Answer;
