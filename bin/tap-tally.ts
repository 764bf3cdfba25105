/**
 * Counts and remembers what a stream of raw TAP (nested, unbuffered) says of the tests in it. A test is a titled block; single
 * assertions are not counted, and a test without any has failed. A file that failed without a failing test inside it (it crashed, timed out
 * or held none) counts as one.
 */

export interface Skip {
  readonly file: string;
  readonly title: string;
  readonly reason: string;
}

export interface FileResult {
  readonly file: string;
  readonly ok: boolean;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly seconds: number;
  /** Title path and diagnostics of each failed assertion, for people. */
  readonly failures: readonly string[];
}

interface Open {
  title: string;
  /** Column at which its results stand. */
  indent: number;
}

const result = /^(not )?ok\b(?: (\d+))?(?: - (.*?))?(?: # time=([\d.]+)ms)?$/;
const directive = /^(.*?)\s*#\s*(skip|todo)\b\S*\s*(.*)$/i;

export class TapTally {
  passed = 0;
  failed = 0;
  readonly skips: Skip[] = [];
  #open: Open[] = [];
  #counts = { passed: 0, failed: 0, skipped: 0 };
  #failures: string[] = [];
  /** Diagnostics of the last failed assertion are appended to it while they last. */
  #diagnosing: { indent: number; lines: string[] } | null = null;

  /** Column of a plan that announced no assertion at all, until the result it belongs to. */
  #empty: number | null = null;
  readonly #onFile: (result: FileResult) => void;
  /** A failed file is told of only after its own diagnostics, which say how it ended. */
  #pending: FileResult | null = null;

  constructor(onFile: (result: FileResult) => void) {
    this.#onFile = onFile;
  }

  /** Feed one line without its newline. */
  line(text: string): void {
    const indent = text.length - text.trimStart().length;
    const content = text.trim();
    if (this.#diagnosing !== null) {
      if (indent >= this.#diagnosing.indent && content !== '') {
        if (content === '...' && indent === this.#diagnosing.indent) this.#endDiagnosis();
        else if (content !== '---') this.#diagnosing.lines.push(text.slice(this.#diagnosing.indent));
        return;
      }
      if (content === '') return;
      this.#endDiagnosis();
    }
    const subtest = /^# Subtest: (.*)$/.exec(content);
    if (subtest !== null) {
      this.#open.push({ title: subtest[1] ?? '', indent });
      return;
    }
    const match = result.exec(content);
    if (match !== null) {
      this.#result(indent, match);
      this.#empty = null;
      return;
    }
    const plan = /^1\.\.(\d+)(?:\s*#\s*(?:skip\S*\s*)?(.*))?$/i.exec(content);
    if (plan === null) return;
    this.#empty = plan[1] === '0' ? indent : null;
    if (this.#open.length === 1 && this.#empty !== null && plan[2] !== undefined && plan[2] !== 'no tests found') {
      this.#skip('the whole file', plan[2]);
    }
  }

  /** After the last line. */
  end(): void {
    this.#endDiagnosis();
  }

  #result(indent: number, [, not, , description = '', time]: RegExpExecArray): void {
    while ((this.#open.at(-1)?.indent ?? -1) > indent) this.#open.pop();
    const isTest = this.#open.at(-1)?.indent === indent;
    if (isTest) this.#open.pop();
    const marked = directive.exec(description);
    const title = marked?.[1] ?? description;
    if (indent === 0) {
      this.#endFile(title, not === undefined || marked !== null, Number(time ?? 0) / 1000);
      return;
    }
    // A skipped test has no block of its own: any marked result counts.
    if (marked !== null) {
      this.#skip(title, marked[3] || `(${marked[2]?.toLowerCase()}, no reason given)`);
    } else if (isTest) {
      const asserted = this.#empty !== indent + 4;
      if (not === undefined && asserted) this.#counts.passed++;
      else this.#counts.failed++;
      if (!asserted) this.#failures.push(`${[...this.#open.slice(1).map((block) => block.title), title].join(' > ')}\nit asserts nothing`);
    } else if (not !== undefined) {
      const path = [...this.#open.slice(1).map((block) => block.title), title];
      this.#diagnosing = { indent: indent + 2, lines: [path.join(' > ')] };
    }
  }

  #skip(title: string, reason: string): void {
    this.#counts.skipped++;
    const [file = '', ...path] = [...this.#open.map((block) => block.title), title];
    this.skips.push({ file, title: path.join(' > '), reason });
  }

  #endDiagnosis(): void {
    const ending = this.#pending !== null && this.#diagnosing?.lines.length === 1;
    const text = ending ? undefined : this.#diagnosing?.lines.join('\n');
    this.#diagnosing = null;
    if (this.#pending !== null) {
      const { failures } = this.#pending;
      this.#onFile({ ...this.#pending, failures: text === undefined ? failures : [...failures, text] });
      this.#pending = null;
    } else if (text !== undefined) this.#failures.push(text);
  }

  #endFile(file: string, ok: boolean, seconds: number): void {
    const { passed, skipped } = this.#counts;
    const failed = ok ? this.#counts.failed : Math.max(this.#counts.failed, 1);
    const done: FileResult = { file, ok: ok && failed === 0, passed, failed, skipped, seconds, failures: this.#failures };
    this.passed += passed;
    this.failed += failed;
    this.#open = [];
    this.#counts = { passed: 0, failed: 0, skipped: 0 };
    this.#failures = [];
    if (ok) {
      this.#onFile(done);
      return;
    }
    this.#pending = done;
    this.#diagnosing = { indent: 2, lines: ['the file as a whole'] };
  }
}
