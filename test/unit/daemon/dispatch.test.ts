import t from 'tap';
import type { Answer, Protocol } from '../../../src/hosted/daemon/dispatch.ts';
import { BadRequest, createDispatch } from '../../../src/hosted/daemon/dispatch.ts';

interface Commands {
  readonly greet: { readonly request: { readonly name: string; readonly loud?: boolean }; readonly response: { readonly text: string } };
  readonly count: { readonly request: { readonly to: number }; readonly response: { readonly number: number } };
}

const text = (value: unknown): value is string => typeof value === 'string';
const member = (name: string, expected: string, check: (value: unknown) => boolean) =>
  ({ name, presence: 'required', expected, check, message: null }) as const;

/** Greets at once, counts in as many answers as it is told to, later. */
function create() {
  const waiting: Answer<{ readonly number: number }>[] = [];
  const protocol: Protocol<Commands, string> = {
    endpoint: { path: '', discriminator: 'op', correlation: 'id', outcome: '', ok: '', error: '', failure: '', maxLine: 99, section: '' },
    requests: {
      greet: {
        members: [member('name', 'a string', text), member('loud', 'true or false', () => true)],
      },
      count: {
        members: [member('to', 'an integer', Number.isInteger)],
      },
    },
    handlers: {
      greet: (whose, { name, loud }) => {
        if (name === 'nobody') throw new Error('there is nobody');
        const greeting = `${whose} greets ${name}`;
        return ({ done, failed }) => (name === 'ghost' ? failed('no such name') : done({ text: loud ? greeting.toUpperCase() : greeting }));
      },
      count: () => (answer) => void waiting.push(answer),
    },
    encode: {
      greet: (response, id) => JSON.stringify({ id, ...response }),
      count: (response, id) => JSON.stringify({ id, ...response }),
    },
    failure: (id, error) => `${id} ${error instanceof BadRequest ? 'BAD' : 'FAILED'} ${error instanceof Error ? error.message : error}`,
  };
  const dispatch = createDispatch(protocol);
  const sent: string[] = [];
  const line = (request: string): readonly string[] => {
    const bytes = Buffer.from(`##${request}##`);
    sent.length = 0;
    dispatch.line(bytes, 2, bytes.length - 2, 'host', (answer) => void sent.push(answer));
    return [...sent];
  };
  return { dispatch, line, waiting, sent };
}

t.test('a request reaches the handler of its name, and its answer carries its id', async (t) => {
  const { line } = create();
  t.strictSame(line('{"id":5,"op":"greet","name":"Anna"}'), ['{"id":5,"text":"host greets Anna"}']);
  t.strictSame(line('{"loud":true,"name":"Anna","op":"greet","id":6,"unknown":[]}'), ['{"id":6,"text":"HOST GREETS ANNA"}']);
});

t.test('what is wrong with a request is named, the first thing first', async (t) => {
  const { line, dispatch } = create();
  const cases = [
    ['nonsense', '0 BAD the line is not a JSON object'],
    ['{"op":"greet","name":1}', '0 BAD the member id must be an integer from 1 to 9007199254740991'],
    ['{"id":-1,"op":"greet"}', '0 BAD the member id must be an integer from 1 to 9007199254740991'],
    ['{"id":"1","op":"greet"}', '0 BAD the member id must be an integer from 1 to 9007199254740991'],
    ['{"id":1.5,"op":"greet"}', '0 BAD the member id must be an integer from 1 to 9007199254740991'],
    ['{"id":1}', '1 BAD the member op must be one of greet, count'],
    ['{"id":2,"op":"toString"}', '2 BAD the member op must be one of greet, count'],
    ['{"id":3,"op":7}', '3 BAD the member op must be one of greet, count'],
    ['{"id":4,"op":"greet"}', '4 BAD greet: the member name must be a string'],
    ['{"id":5,"op":"count","to":"9"}', '5 BAD count: the member to must be an integer'],
  ] as const;
  for (const [request, answer] of cases) t.strictSame(line(request), [answer], request);
  t.equal(dispatch.tooLong(), '0 BAD the line has more than 99 bytes');
});

t.test('a handler that throws, and one that fails, are answered with a line of their request', async (t) => {
  const { line } = create();
  t.strictSame(line('{"id":7,"op":"greet","name":"nobody"}'), ['7 FAILED there is nobody']);
  t.strictSame(line('{"id":8,"op":"greet","name":"ghost"}'), ['8 FAILED no such name']);
});

t.test('an answer may come later, and in parts; each request has its own', async (t) => {
  const { line, waiting, sent } = create();
  t.strictSame(line('{"id":1,"op":"count","to":2}'), []);
  t.strictSame(line('{"id":2,"op":"count","to":2}'), []);
  waiting[1]?.done({ number: 1 });
  waiting[0]?.done({ number: 1 });
  waiting[1]?.failed(new Error('enough'));
  waiting[0]?.done({ number: 2 });
  t.strictSame(sent, ['{"id":2,"number":1}', '{"id":1,"number":1}', '2 FAILED enough', '{"id":1,"number":2}']);
});
