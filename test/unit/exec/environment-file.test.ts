/** The syntax of EnvironmentFile, and accounts. */
import t from 'tap';
import { accountVariables, parseEnvironmentFile } from '../../../src/exec/environment-file.ts';

const parse = (text: string) => parseEnvironmentFile(new TextEncoder().encode(text));

t.test('O-28 files are read as systemd reads them', async (t) => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['', []],
    ['\n \t\n# A=1\n;B=2\n  # C=3', []],
    ['# goes on \\\nA=1\nB=2', ['B=2']],
    ['A=1', ['A=1']],
    ['A=1\nB=2\r\n', ['A=1', 'B=2']],
    ['  A = 1 2  \n', ['A=1 2']],
    ['A=\nB=', ['A=', 'B=']],
    ['A=x=y#z ;', ['A=x=y#z ;']],
    ['A="b c"\nB=\'d "e" \\\'', ['A=b c', 'B=d "e" \\']],
    ['A="a\\"b\\\\c\\$d\\`e\\nf"', ['A=a"b\\c$d`e\\nf']],
    ['A="one\ntwo" \'three\'four', ['A=one\ntwothreefour']],
    ['A=it\'s "so"', ['A=it\'s "so"']],
    ['A=a\\ b\\  \\\n  c', ['A=a b    c']],
    ['A="a\\\nb"', ['A=ab']],
    ['A=$HOME', ['A=$HOME']],
    ['A=1\nA=2', ['A=1', 'A=2']],
  ];
  for (const [text, entries] of cases) t.strictSame(parse(text), { ok: true, entries }, JSON.stringify(text));
});

t.test('O-28 what is wrong is told by its line, and never by what stands there', async (t) => {
  const cases: readonly (readonly [string, string])[] = [
    ['A=1\n\nhunter2\n', 'line 3: it has no equal sign'],
    ['export PASSWORD=hunter2', 'line 1: what stands before its equal sign is no name of a variable'],
    ['=hunter2', 'line 1: what stands before its equal sign is no name of a variable'],
    ['1A=hunter2', 'line 1: what stands before its equal sign is no name of a variable'],
    ['A="x\ny"\nB="hunter2\n', 'line 3: it has a quote that is not closed'],
    ['A=1\nB=hunter2\0', 'line 2: it holds a NUL character'],
  ];
  for (const [text, what] of cases) t.strictSame(parse(text), { ok: false, what }, JSON.stringify(text));
  t.strictSame(parseEnvironmentFile(new Uint8Array([0x41, 0x3d, 0xff])), { ok: false, what: 'is not UTF-8' });
});

t.test('O-28 an account is the first of its uid in the list', async (t) => {
  const passwd = 'x:x:5:5::/x:/bin/x\nroot:x:0:0:root:/root:/bin/bash\ntoor:x:0:0::/toor:\nbare:x:7:7:::\nodd\n';
  t.strictSame(accountVariables(passwd, 0), ['HOME=/root', 'USER=root', 'LOGNAME=root', 'SHELL=/bin/bash']);
  t.strictSame(accountVariables(passwd, 7), ['HOME=/', 'USER=bare', 'LOGNAME=bare', 'SHELL=/bin/sh']);
  t.equal(accountVariables(passwd, 8), null);
});
