import type { Conformance } from './conformance.ts';

/** JUnit XML: inconclusive is an error, not applicable is skipped. Times are seconds. */
export function junit(report: Conformance): string {
  const cases = report.claims.map(claim => {
    const head = `    <testcase classname="${xml(claim.area)}" name="${xml(`${claim.id} ${claim.title}`)}" time="${seconds(claim.durationMs)}"`;
    const [element] = {
      passed: [],
      failed: ['failure'],
      inconclusive: ['error'],
      'not applicable': ['skipped'],
    }[claim.verdict];
    if (element === undefined) return `${head}/>`;
    const reason = claim.reason ?? claim.verdict;
    const message = xml(reason.split('\n')[0] ?? '');
    return `${head}>\n      <${element} message="${message}">${xml(reason)}</${element}>\n    </testcase>`;
  });
  const problems = report.problems.map(
    problem =>
      `    <testcase classname="run" name="set-up"><error message="${xml(problem.split('\n')[0] ?? '')}">${xml(problem)}</error></testcase>`,
  );
  const { counts } = report;
  const totals =
    `tests="${report.claims.length + problems.length}" failures="${counts.failed}" ` +
    `errors="${counts.inconclusive + problems.length}" skipped="${counts['not applicable']}" time="${seconds(report.run.durationMs)}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${totals}>`,
    `  <testsuite name="${xml(report.lab?.system.label ?? 'no lab')}" timestamp="${report.run.startedAt}" ${totals}>`,
    ...cases,
    ...problems,
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}

/** Escaped, and without the characters XML 1.0 has no way to write. */
function xml(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
