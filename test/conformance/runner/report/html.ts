/** The result as one page that needs nothing else: failures first, then all cases by folder. */
import type { Exchange, Failure, Outcome } from '../outcome.ts';
import type { Result } from './result.ts';
import { counts, staleLine, statuses } from './result.ts';

const style = `
:root { color-scheme: light dark; --line: #8883; --pass: #2a8a4a; --fail: #c8382f; --known: #b07a12; --skip: #777; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 68rem; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin-bottom: .2rem; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
.sum { display: flex; gap: 1.5rem; flex-wrap: wrap; margin: 1rem 0; } .sum b { font-size: 1.6rem; display: block; line-height: 1.1; }
.bar { display: flex; height: .6rem; border-radius: .3rem; overflow: hidden; background: var(--line); } .bar i { display: block; }
.passed { color: var(--pass); } .failed { color: var(--fail); } .known { color: var(--known); } .skipped { color: var(--skip); }
i.passed { background: var(--pass); } i.failed { background: var(--fail); }
i.known { background: var(--known); } i.skipped { background: var(--skip); }
table { border-collapse: collapse; width: 100%; } td { padding: .25rem .5rem; border-top: 1px solid var(--line); vertical-align: top; }
td:first-child { width: 5rem; font-weight: 600; } td:last-child { width: 4rem; text-align: right; color: var(--skip); }
code, pre { font: 13px/1.45 ui-monospace, monospace; } pre { margin: .2rem 0; white-space: pre-wrap; overflow-wrap: anywhere; }
article { border: 1px solid var(--line); border-left: 4px solid var(--fail); border-radius: .3rem; padding: .6rem 1rem; margin: .8rem 0; }
article.known { border-left-color: var(--known); }
article.failed, article.known { color: inherit; } article h3 { margin: 0; font-size: 1rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; margin: .5rem 0; }
dt { color: var(--skip); } dd { margin: 0; min-width: 0; }
.ids { color: var(--skip); font-size: .85em; } summary { cursor: pointer; } details { margin-top: .4rem; }
@media (max-width: 40rem) { dl { grid-template-columns: 1fr; } }
`;

const words = { passed: 'passed', failed: 'failed', known: 'known to fail', skipped: 'skipped' } as const;

export function printHtml(result: Result): string {
  const { outcomes, driver, seconds, stale } = result;
  const count = counts(result);
  const failed = [...outcomes.filter(({ status }) => status === 'failed'), ...outcomes.filter(({ status }) => status === 'known')];
  const bar = statuses.map((one) => `<i class="${one}" style="width:${(100 * count[one]) / Math.max(1, outcomes.length)}%"></i>`).join('');
  const sums = statuses.map((one) => `<span class="${one}"><b>${count[one]}</b>${words[one]}</span>`).join('');
  const through = driver === null ? "the suite's own driver" : `<code>${safe(driver)}</code>`;
  const folders = [...new Set(outcomes.map(({ path }) => folderOf(path)))];
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>peinit conformance: ${count.failed === 0 ? 'passed' : `${count.failed} failed`}</title><style>${style}</style>
<h1>Conformance to the peinit protocol</h1>
<p>${outcomes.length} cases in ${seconds.toFixed(1)} s, through ${through}.</p>
<div class="sum">${sums}</div><div class="bar">${bar}</div>
${stale.map((known) => `<p class="failed">${safe(staleLine(known))}</p>`).join('\n')}
${failed.length === 0 ? '' : `<h2>Failures</h2>\n${failed.map(failureArticle).join('\n')}`}
${folders.map((folder) => folderPart(folder, outcomes)).join('\n')}
</html>
`;
}

const folderOf = (path: string): string => path.split('/').slice(0, -1).join('/');

const folderPart = (folder: string, outcomes: readonly Outcome[]): string =>
  `<h2>${safe(folder)}</h2>\n<table>${outcomes
    .filter(({ path }) => folderOf(path) === folder)
    .map(row)
    .join('\n')}</table>`;

function row(outcome: Outcome): string {
  const { path, title, proves, status, ms } = outcome;
  const more = status === 'skipped' || status === 'known' ? `<br><span class="skipped">${safe(outcome.reason)}</span>` : '';
  const name = `<code>${safe(path.slice(folderOf(path).length + 1))}</code>`;
  const about = `${safe(title)} <span class="ids">${name} ${proves.join(' ')}</span>${more}`;
  return `<tr><td class="${status}">${words[status]}</td><td>${about}</td><td>${ms} ms</td></tr>`;
}

function failureArticle(outcome: Outcome): string {
  if (outcome.status !== 'failed' && outcome.status !== 'known') return '';
  const { path, title, proves, status, failure, exchanges } = outcome;
  const reason = outcome.status === 'known' ? `<p>${safe(outcome.reason)}</p>` : '';
  return `<article class="${status}"><h3>${safe(title)}</h3><span class="ids"><code>${safe(path)}</code> ${proves.join(' ')}</span>
${reason}${failureList(failure)}${exchangeList(exchanges)}</article>`;
}

function failureList({ at, step, sentence, sent, expected, received, differences }: Failure): string {
  const entry = (name: string, text: string | null): string =>
    text === null ? '' : `<dt>${name}</dt><dd><pre>${safe(text.trimEnd())}</pre></dd>`;
  const told = differences.map((one) => `${one.at === '' ? 'the whole' : one.at}: expected ${one.expected}, received ${one.received}`);
  return `<p>${safe(sentence)}</p><dl>${entry('where', `${at} (${step})`)}${entry('sent', sent)}${entry('expected', expected)}${entry(
    'received',
    received,
  )}${entry('differs', told.length === 0 ? null : told.join('\n'))}</dl>`;
}

const exchangeList = (exchanges: readonly Exchange[]): string =>
  exchanges.length === 0
    ? ''
    : `<details><summary>what the drivers were told and replied</summary><pre>${exchanges
        .map(({ driver, sent, received }) => safe(`${driver} > ${sent}\n${driver} < ${received}`))
        .join('\n')}</pre></details>`;

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const safe = (text: string): string => text.replaceAll(/[&<>"]/g, (character) => escapes[character] ?? character);
