/** What writes, and how it is called in a machine. */
export interface Load {
  readonly name: string;
  readonly writers: number;
  /** Lines of 100 bytes in one write. */
  readonly lines: number;
}

/** Services of a machine that write, with their place among the loads and their number. */
export const serviceOf = (load: number, number: number): string => `writer-${load}-${number}`;

/** Where writers and whoever lets them go meet. */
export const directory = '/run/writers';

/** The keys of the services. */
export function servicesOf(loads: readonly Load[], writer: string, seconds: number): Readonly<Record<string, object>> {
  const keys: Record<string, object> = {};
  for (const [place, { writers, lines }] of loads.entries()) {
    for (let number = 0; number < writers; number++) {
      const service = serviceOf(place, number);
      keys[`Machine\\System\\Services\\${service}`] = {
        Identity: 'SYSTEM',
        Type: 'Oneshot',
        ImagePath: writer,
        Arguments: [directory, service, String(seconds), String(lines)],
        StartTimeout: 300,
      };
    }
  }
  return keys;
}

/** How long each writes. */
export const seconds = 2;
export const loads: readonly Load[] = [
  { name: 'one writer, 64 KB a write', writers: 1, lines: 655 },
  { name: 'one writer, 4 KB a write', writers: 1, lines: 40 },
  { name: 'one writer, a line a write', writers: 1, lines: 1 },
  { name: '200 writers, 64 KB a write', writers: 200, lines: 655 },
  { name: '200 writers, a line a write', writers: 200, lines: 1 },
];
