/** Floods by a service without any right, each a program for as long as the service runs. Those of the registry alone: registryd/floods. */

/** What all share: a connection that minds nothing, and which writes whatever is taken. */
const begin = `
const { connect } = require('node:net');
const open = (path) => { const socket = connect(path); socket.on('error', () => undefined); return socket; };
const line = (request) => JSON.stringify(request) + '\\n';
const pour = (path, text) => {
  const socket = open(path);
  const more = () => { while (socket.write(text)); };
  socket.on('drain', more).on('data', () => undefined).on('close', () => setTimeout(() => pour(path, text), 1));
  more();
};
const knock = (path, text) => {
  const socket = open(path);
  socket.on('data', () => undefined).on('close', () => setImmediate(() => knock(path, text)));
  socket.end(text);
};
const times = (count, act) => { for (let n = 0; n < count; n++) act(n); };
`;

export const quiet = 'const on = () => { const end = performance.now() + 5; while (performance.now() < end); setImmediate(on); }; on();';

/** What floods, in words, and the program. */
export const floods: Readonly<Record<string, string>> = {
  'the control socket with requests': `${begin}
times(12, () => pour('/run/peinit/control.sock', line({ command: 'status', service: 'plain' }).repeat(200)));`,
  'the socket of ad-hoc jobs with requests that are refused': `${begin}
times(8, () => knock('/run/peinit/jfs.sock', line({ image_path: '/bin/true' })));`,
};
