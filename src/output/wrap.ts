/**
 * Breaks a line between words so that it fits a terminal; what follows is indented. A word that does not fit is left whole, so that a path
 * can be copied.
 */
export function wrap(text: string, width: number, indent: number): string {
  if (text.length <= width) return text;
  const [first = '', ...rest] = text.split(' ');
  const lines: string[] = [];
  let line = first;
  for (const word of rest) {
    const longer = `${line} ${word}`;
    if (longer.length <= width || line.trim() === '') line = longer;
    else {
      lines.push(line);
      line = ' '.repeat(indent) + word;
    }
  }
  return [...lines, line].join('\n');
}
