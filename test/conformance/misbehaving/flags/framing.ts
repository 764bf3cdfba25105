/** How lines are written, and what becomes of the connection. */

import { printJson } from '../../json.ts';
import type { Flag } from '../flag.ts';
import { answers, flag, objectOf, refusal, refusals, texts } from '../flag.ts';

const control = flag('control');
const maxRequestSize = 65_536;

export const framingFlags: readonly Flag[] = [
  control('crlf', 'lines end with a carriage return before their newline', ['transport/lines/not-json'], { line: (text) => [`${text}\r`] }),
  control('blanks', 'answers have blanks outside of their texts', ['transport/lines/not-json'], {
    line: (text) => [text.replaceAll('","', '", "')],
  }),
  control(
    'status-last',
    'the member status comes last',
    ['transport/lines/not-json', 'matrix/status/inactive'],
    answers([], ({ status = null, ...rest }) => ({ ...rest, status })),
  ),
  control('empty-lines', 'an empty line stands between answers', ['transport/order/one-write'], { line: (text) => ['', text] }),
  control('answer-twice', 'an answer comes twice', ['transport/order/one-write'], {
    line: (text, asked) => (asked === null ? [text] : [text, text]),
  }),
  control('out-of-order', 'of two requests the second one is answered first', ['transport/order/*'], {
    line(text, asked, link) {
      if (asked === null) return [text];
      const held = link.memory.get('held');
      link.memory.delete('held');
      if (typeof held === 'string') return [text, held];
      if (link.waiting === 0) return [text];
      link.memory.set('held', text);
      return [];
    },
  }),
  control('answers-a-wait-late', 'a request behind one that waits overtakes it', ['transport/order/behind-a-wait'], {
    request(line, link) {
      const asked = objectOf(line.toString('utf8'));
      if (asked?.['command'] === 'status' && link.waiting > 0) {
        link.answer({ status: 'ok', service: asked['service'] ?? null, state: 'starting', cause: 'explicit_start' });
        return [];
      }
      return [line];
    },
  }),
  control('hangs-up-after-refusal', 'the connection ends after any refusal', ['errors/arguments/command'], {
    line(text, asked, link) {
      if (asked !== null && objectOf(text)?.['status'] === 'error') setImmediate(() => link.hangUp());
      return [text];
    },
  }),
  control('hangs-up-after-malformed', 'the connection ends after a line that is not JSON', ['transport/lines/not-json'], {
    line(text, _asked, link) {
      if (objectOf(text)?.['code'] === 'MALFORMED_REQUEST') setImmediate(() => link.hangUp());
      return [text];
    },
  }),
  control(
    'goes-on-after-too-large',
    'the connection goes on after a line that was too large, or empty',
    ['transport/pieces/dropped-behind-too-large', 'transport/pieces/before-an-empty-line'],
    { holds: true },
  ),
  control('limit-counts-newline', 'a line of MaxRequestSize is too large', ['transport/lines/longest'], {
    request(line, link) {
      if (line.length < maxRequestSize) return [line];
      link.answer(refusal('REQUEST_TOO_LARGE'));
      link.hangUp();
      return [];
    },
  }),
  control('no-limit', 'a line may have any length', ['transport/lines/longest'], {
    request: (line) => {
      const asked = objectOf(line.toString('utf8'));
      return [line.length > maxRequestSize && asked !== null ? printJson({ command: asked['command'] }) : line];
    },
  }),
  control('pieces-are-lines', 'what arrives in one piece is taken for a line', ['transport/pieces/in-pieces'], { pieces: true }),
  control('first-line-only', 'of several lines in one piece the later ones are refused', ['transport/order/one-write'], {
    request(line, link) {
      const isFirst = link.waiting === 0;
      if (isFirst) return [line];
      return ['{"command":"refused"}'];
    },
  }),
  control('bad-utf8', 'bytes that are no UTF-8 are replaced', ['transport/json/bad-utf8'], {
    request: (line) => [line.toString('utf8').replaceAll('\ufffd', '?')],
  }),
  control(
    'trailing-text',
    'what follows an object on its line is left out',
    ['transport/json/trailing'],
    texts((text) => text.replace(/\}[^{}]*$/, '}')),
  ),
  control(
    'list-of-requests',
    'a list with a request in it is served',
    ['transport/json/list'],
    texts((text) => text.replace(/^\[(\{.*\})\]$/, '$1')),
  ),
  control('duplicate-members', 'of two members of one name the last one holds', ['transport/json/duplicate'], {
    request(line) {
      const asked = objectOf(line.toString('utf8'));
      return [asked === null ? line : printJson(asked)];
    },
  }),
  control(
    'message-empty',
    'a refusal has no words',
    ['errors/arguments/command'],
    refusals([], (line) => ({ ...line, message: '' })),
  ),
  control(
    'refusal-with-more',
    'a refusal has a member that nobody knows',
    ['errors/arguments/command'],
    refusals([], (line) => ({ ...line, detail: 'more' })),
  ),
  control(
    'code-in-lower-case',
    'codes are in lower case',
    ['errors/arguments/command'],
    refusals([], (line) => ({ ...line, code: String(line['code']).toLowerCase() })),
  ),
];
