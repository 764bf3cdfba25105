/** Passes its input and output to a Unix socket and from there, as whoever runs it: `relay.ts PATH`. */
import { connect } from 'node:net';

const socket = connect({ path: process.argv[2] ?? '', allowHalfOpen: true });
socket.on('error', () => process.exit(1));
socket.on('close', () => process.exit(0));
process.stdin.pipe(socket);
socket.pipe(process.stdout);
