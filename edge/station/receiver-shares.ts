/** How often each receiver of a line failed, of the shots that it was laid out for: the map that shows bad stations at a glance. */
import { RECEIVER_FAULTS } from '#shared/qc/line/bad-receivers.ts';
import type { LineFacts } from '#shared/qc/line/facts.ts';

export interface ReceiverShare {
  readonly dead: number;
  readonly faulty: number;
  readonly unpicked: number;
}

/** In the order of `stations.list`. */
export function receiverShares({ shots, stations }: LineFacts): readonly ReceiverShare[] {
  const counts = stations.list.map(() => ({ all: 0, dead: 0, faulty: 0, unpicked: 0 }));
  for (const [i, { traces, findings }] of shots.entries()) {
    const blamed = findings.filter(({ code, severity }) => severity !== 'info' && RECEIVER_FAULTS.has(code));
    const faulty = new Set(blamed.flatMap((finding) => finding.traces));
    for (const [k, { index, dead, time }] of traces.entries()) {
      const station = stations.of[i][k];
      if (station === undefined) continue;
      const count = counts[station];
      count.all++;
      if (dead) count.dead++;
      else if (faulty.has(index)) count.faulty++;
      if (time === undefined) count.unpicked++;
    }
  }
  return counts.map(({ all, dead, faulty, unpicked }) => ({
    dead: dead / Math.max(1, all),
    faulty: faulty / Math.max(1, all),
    unpicked: unpicked / Math.max(1, all),
  }));
}
