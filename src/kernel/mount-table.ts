/** A field of /proc/self/mountinfo: spaces and the like are octal there. */
export const unescapeMountPoint = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
