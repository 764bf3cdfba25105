import { parameters } from '../../gen/parameters/facts.ts';

/** The page of --help: the kernel-style parameters. */
export function helpText(): string {
  const rows = Object.values(parameters).map(({ name, placeholder, text, default: value }) => {
    const otherwise = value === '' || value === false ? '' : ` Default ${value}.`;
    return [`${name}=${placeholder}`, `${text}${otherwise}`] as const;
  });
  const width = Math.max(...rows.map(([usage]) => usage.length));
  return `peinit is process 1 of a machine: it boots it, supervises its services and ends it.

On a machine of its own it reads these parameters from the kernel command line, in a container from its arguments:

${rows.map(([usage, text]) => `  ${usage.padEnd(width)}  ${text}`).join('\n')}

To boot a private machine on this host: bin/peinit-sandbox. To talk to a running one: bin/peiosctl.
`;
}
