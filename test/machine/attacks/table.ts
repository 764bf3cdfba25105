import type { Attack } from './attack.ts';
import { control } from './rows/control.ts';
import { eventDaemons } from './rows/event-daemons.ts';
import { jobs } from './rows/jobs.ts';
import { noises } from './rows/noise.ts';
import { writers } from './rows/writers.ts';

/** Every attack that the tests carry out. A further one is an entry in rows/. */
export const table: readonly Attack[] = [...control, ...jobs, ...writers, ...eventDaemons, ...noises];
