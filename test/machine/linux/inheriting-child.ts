/** Started with many inherited descriptors: spawns a sleeper, prints what that one has open, and what its own 60 and 61 are now. */
import { constants, readlinkSync } from 'node:fs';
import { descriptorsOf, kernel, shell } from './support.ts';

const [path = '', remote = ''] = process.argv.slice(2);
const fd = kernel.open(path, constants.O_RDONLY | constants.O_DIRECTORY);
const descriptors = await descriptorsOf(shell('', { path, fd }, { path: '/bin/sleep', argv: ['sleep', '100'], remote: remote === 'true' }));
console.log([...descriptors.keys()].join(' '));
console.log([60, 61].map((slot) => readlinkSync(`/proc/self/fd/${slot}`)).join(' '));
