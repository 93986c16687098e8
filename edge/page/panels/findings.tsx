/** What the quality control found on the shot; a click shows the traces. */
import type { Finding } from '#shared/qc/finding.ts';
import { decimals } from '#shared/report/print.ts';
import { lookAtFinding } from '../actions/looking.ts';
import * as state from '../state.ts';
import { byWeight, sentence } from '../words.ts';

const SIGNS = { fail: '✕', warn: '!', info: 'i' } as const;

export function Findings() {
  const { findings = [], problems = [], verdict } = state.detail.value ?? {};
  const count = verdict === null ? '…' : findings.length === 0 ? 'none' : findings.length;
  const order = findings.map((finding, index) => ({ finding, index })).sort((a, b) => byWeight(a.finding, b.finding));
  return (
    <section class="findings" aria-label="Findings">
      <h2>
        Findings <small>{count}</small>
      </h2>
      <ul>
        {order.map(({ finding, index }) => (
          <li key={`${index} ${finding.code}`}>
            <FindingButton finding={finding} index={index} />
          </li>
        ))}
        {problems.map(({ code, message }) => (
          <li key={`problem ${code}`} class="file-problem">
            {sentence(message)}
          </li>
        ))}
      </ul>
    </section>
  );
}

function FindingButton({ finding, index }: { finding: Finding; index: number }) {
  const { code, severity, traces, value, unit, threshold, cause, advice } = finding;
  const open = state.openFinding.value === index;
  return (
    <button type="button" class={`finding ${severity}`} aria-expanded={open} onClick={() => lookAtFinding(index)}>
      <span class="mark" aria-hidden="true">
        {SIGNS[severity]}
      </span>
      <span class="title">
        {titled(code)}
        {traces.length > 0 && <small> · {traces.length === 1 ? '1 trace' : `${traces.length} traces`}</small>}
      </span>
      <span class="cause">{sentence(cause)}</span>
      <span class="advice">{sentence(advice)}</span>
      {open && (
        <span class="number">
          {decimals(value, 2)} {unit}, limit {decimals(threshold, 2)} {unit}
          {traces.length > 0 && ` · traces ${listed(traces)}`}
        </span>
      )}
    </button>
  );
}

const titled = (code: string) => code[0].toUpperCase() + code.slice(1).replaceAll('-', ' ');

const MOST = 24;
const listed = (traces: readonly number[]) =>
  `${traces.slice(0, MOST).join(', ')}${traces.length > MOST ? ` and ${traces.length - MOST} more` : ''}`;
