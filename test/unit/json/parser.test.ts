import t from 'tap';
import { JsonFault, maxDepth, parseJsonLine, parseJsonText } from '../../../src/json/parser.ts';

const faultOf = (text: string): string | null => {
  const result = parseJsonText(text);
  return result instanceof JsonFault ? result.message : null;
};

t.test('CTL-002 objects are read as JSON.parse reads them', async (t) => {
  const texts = [
    '{}',
    ' { } ',
    '{"command":"status","service":"web"}',
    '{"a":[1,-0,0.5,-1.5e-3,1E+2,10,true,false,null,"x",{},[]],"b":{"c":{"d":[[[]]]}}}',
    '\t{\r\n"a" : [ 1 , 2 ] , "b" : null }\n',
    '{"":"","\\u0061":"\\u00e4\\ud83d\\ude00\\n\\t\\b\\f\\r\\"\\\\\\/"}',
    '{"ä":"😀","constructor":1,"toString":{"hasOwnProperty":2}}',
    '{"n":9007199254740991,"m":-9007199254740991,"e":1e400,"z":123456789012345678901234567890}',
  ];
  for (const text of texts) t.strictSame(parseJsonText(text), JSON.parse(text), text);
});

t.test('integers that a number cannot hold come out exactly', async (t) => {
  t.strictSame(parseJsonText('{"a":9007199254740993,"b":-9223372036854775808,"c":18446744073709551615}'), {
    a: 9007199254740993n,
    b: -9223372036854775808n,
    c: 18446744073709551615n,
  });
});

t.test('WIRE-018 a member named __proto__ is a member like any other', async (t) => {
  const result = parseJsonText('{"__proto__":{"service":"x"},"a":1}');
  t.notOk(result instanceof JsonFault);
  t.strictSame(Object.keys(result), ['__proto__', 'a']);
  t.equal(Object.getPrototypeOf(result), Object.prototype);
  t.equal((result as Record<string, unknown>)['service'], undefined);
  t.match(faultOf('{"__proto__":1,"__proto__":2}'), /"__proto__" twice/);
});

t.test('WIRE-018 a member written twice is refused by name, at any depth and however it is spelt', async (t) => {
  t.match(faultOf('{"a":1,"b":2,"a":1}'), /the member "a" twice/);
  t.match(faultOf('{"a":1,"\\u0061":1}'), /the member "a" twice/);
  t.match(faultOf('{"x":[{"deep":1,"deep":1}]}'), /the member "deep" twice/);
  t.equal(faultOf('{"a":{"a":{"a":1}}}'), null);
  const long = 'k'.repeat(5000);
  t.ok((faultOf(`{"${long}":1,"${long}":2}`)?.length ?? 0) < 200, 'a long name is cut in the message');
});

t.test('WIRE-018 nesting of 32 levels is read, 33 are refused, and a hostile line cannot exhaust the stack', async (t) => {
  t.equal(maxDepth, 32);
  const nested = (levels: number): string => `{"a":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`;
  t.equal(faultOf(nested(32)), null);
  t.match(faultOf(nested(33)), /deeper than 32 levels/);
  const objects = (levels: number): string => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
  t.equal(faultOf(objects(32)), null);
  t.match(faultOf(objects(33)), /deeper than 32 levels/);
  t.match(faultOf(`{"a":${'['.repeat(60_000)}`), /deeper than 32 levels/);
  t.match(faultOf('['.repeat(60_000)), /not a JSON object/);
});

t.test('WIRE-018 unpaired surrogates are refused, pairs are read', async (t) => {
  for (const text of ['{"a":"\\ud800"}', '{"a":"\\udc00"}', '{"a":"\\ud800x\\udc00"}', '{"\\ud800":1}', '{"a":"\\udc00\\ud800"}'])
    t.match(faultOf(text), /unpaired surrogate/, text);
  t.match(faultOf('{"a":"\ud800"}'), /unpaired surrogate/);
  t.strictSame(parseJsonText('{"a":"\\ud83d\\ude00"}'), { a: '😀' });
});

t.test('WIRE-018 bytes that are not UTF-8 are refused, a replacement character that was meant is not', async (t) => {
  const line = (...bytes: number[]): Buffer => Buffer.from([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, ...bytes, 0x22, 0x7d]);
  const read = (bytes: Buffer): unknown => parseJsonLine(bytes, 0, bytes.length);
  for (const bytes of [[0xff], [0xc3], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xe2, 0x82]]) {
    const result = read(line(...bytes));
    t.ok(result instanceof JsonFault && result.message === 'is not UTF-8', bytes.join(' '));
  }
  t.strictSame(read(line(0xef, 0xbf, 0xbd)), { a: '\ufffd' });
  t.strictSame(read(line(0xc3, 0xa4)), { a: 'ä' });
});

t.test('a line is read between its bounds only', async (t) => {
  const bytes = Buffer.from('garbage{"a":1}more');
  t.strictSame(parseJsonLine(bytes, 7, 14), { a: 1 });
});

t.test('WIRE-018 everything that is not exactly one object is refused, with the place', async (t) => {
  const bad: [string, RegExp][] = [
    ['', /not a JSON object/],
    ['   ', /not a JSON object/],
    ['null', /not a JSON object/],
    ['"x"', /not a JSON object/],
    ['[{}]', /not a JSON object/],
    ['1', /not a JSON object/],
    ['\ufeff{}', /byte order mark/],
    ['{', /ends too early/],
    ['{"a', /ends within a string/],
    ['{"a"', /ends too early/],
    ['{"a":', /ends too early/],
    ['{"a":1', /ends too early/],
    ['{"a":1,', /ends too early/],
    ['{"a":1,}', /unexpected "}" at character 8/],
    ['{,}', /unexpected "," at character 2/],
    ["{'a':1}", /unexpected "'" at character 2/],
    ['{a:1}', /unexpected "a" at character 2/],
    ['{"a" 1}', /unexpected "1" at character 6/],
    ['{"a":tru}', /unexpected "t" at character 6/],
    ['{"a":nul', /unexpected "n" at character 6/],
    ['{"a":undefined}', /unexpected "u" at character 6/],
    ['{"a":NaN}', /unexpected "N" at character 6/],
    ['{"a":01}', /unexpected "1" at character 7/],
    ['{"a":+1}', /unexpected "\+" at character 6/],
    ['{"a":-}', /unexpected "}" at character 7/],
    ['{"a":.5}', /unexpected "\." at character 6/],
    ['{"a":1.}', /unexpected "}" at character 8/],
    ['{"a":1e}', /unexpected "}" at character 8/],
    ['{"a":1e+}', /unexpected "}" at character 9/],
    ['{"a":[1,]}', /unexpected "\]" at character 9/],
    ['{"a":[1 2]}', /unexpected "2" at character 9/],
    ['{"a":"\u0001"}', /control character/],
    ['{"a":"\n"}', /control character/],
    ['{"a":"\\x"}', /bad escape/],
    ['{"a":"\\u12g4"}', /bad escape/],
    ['{"a":"\\u12', /bad escape/],
    ['{"a":"\\', /bad escape/],
    ['{}x', /goes on after the JSON object, at character 3/],
    ['{}{}', /goes on after the JSON object, at character 3/],
    ['{}\u00a0', /goes on after/],
    ['{"a":1} // no', /goes on after/],
  ];
  for (const [text, why] of bad) t.match(faultOf(text), why, text);
});
