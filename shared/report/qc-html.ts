/** Words of the quality control as HTML: whatever a file is called stays text. */
import type { Finding, Severity, Verdict } from '../qc/finding.ts';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
export const escaped = (text: string): string => text.replace(/[&<>"']/g, (char) => ENTITIES[char]);

export const badge = (word: Verdict | Severity): string => `<span class="verdict ${word}">${word}</span>`;

/** With a capital and a full stop. */
export const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

/** `where` in words, escaped by this. */
export function findingTable<F extends Finding>(findings: readonly F[], where: (finding: F) => string): string {
  const rows = findings.map(
    (finding) =>
      `<tr><td>${badge(finding.severity)}<td>${finding.code}` +
      `<td>${finding.value} ${escaped(finding.unit)} (limit ${finding.threshold})<td>${escaped(where(finding))}` +
      `<td>${escaped(sentence(finding.cause))} ${escaped(sentence(finding.advice))}</tr>`,
  );
  return (
    '<div class="wide"><table>\n<tr><th><th>finding<th>value<th>where<th>likely cause, and what to do</tr>\n' +
    `${rows.join('\n')}\n</table></div>`
  );
}
