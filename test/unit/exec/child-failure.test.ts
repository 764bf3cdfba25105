import t from 'tap';
import { describeErrorRecord } from '../../../src/exec/child-failure.ts';

function record(step: number, errno: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(8));
  view.setUint32(0, step, true);
  view.setInt32(4, errno, true);
  return new Uint8Array(view.buffer);
}

t.test('EXEC-016 the record names step and errno; end of file means that exec worked', async (t) => {
  t.equal(describeErrorRecord('/bin/x', new Uint8Array(0)), null);
  t.match(describeErrorRecord('/bin/x', record(11, 2)), /^\/bin\/x was not started: exec failed: ENOENT.*check the path of the program/);
  t.match(describeErrorRecord('/bin/x', record(7, 20)), /WorkingDirectory/);
  t.match(
    describeErrorRecord('/bin/x', record(7, 13)),
    /changing to WorkingDirectory failed: EACCES.*the user of the process may not enter/,
  );
  t.match(describeErrorRecord('/bin/x', record(11, 13)), /exec failed: EACCES.*the user of the process may not run it, its interpreter/);
  t.match(describeErrorRecord('/bin/x', record(11, 7)), /E2BIG.*shorten Arguments and Environment/);
  t.match(describeErrorRecord('/bin/x', record(8, 7)), /E2BIG.*check Environment/);
  t.match(describeErrorRecord('/bin/x y', record(11, 2)), /ENOENT.*what follows the program belongs into Arguments/);
  for (const number of [24, 22])
    t.match(
      describeErrorRecord('/bin/x', record(10, number)),
      /handing over stored descriptors failed.*LimitNOFILE is too small.*about twice/,
    );
  for (let step = 1; step <= 11; step++) t.notMatch(describeErrorRecord('/bin/x', record(step, 5)), /step|undefined/);
});

t.test('EXEC-016 another length, an unknown step or an errno below 1 is a failure too', async (t) => {
  for (const bytes of [new Uint8Array(7), new Uint8Array(9), record(12, 2), record(0, 2), record(11, 0), record(11, -2)])
    t.type(describeErrorRecord('/bin/x', bytes), 'string');
});
