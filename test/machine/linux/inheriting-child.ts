/** Started with many inherited descriptors: spawns a sleeper and prints what that one has open. */
import { constants } from 'node:fs';
import { descriptorsOf, kernel, shell } from './support.ts';

const [path = '', remote = ''] = process.argv.slice(2);
const fd = kernel.open(path, constants.O_RDONLY | constants.O_DIRECTORY);
const names = await descriptorsOf(shell('', { path, fd }, { path: '/bin/sleep', argv: ['sleep', '100'], remote: remote === 'true' }));
console.log(names.join(' '));
