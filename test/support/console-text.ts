/** What a console has shown, with lines that were broken for a terminal joined again. */
export const unwrapped = (text: string): string => text.replace(/\r?\n {13}(?! )/g, ' ');
