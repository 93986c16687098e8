import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EditJson } from '#edge/station/api-types.ts';
import { pickAfter, type Step, stateOf } from '#edge/station/edits.ts';
import { ms } from '#shared/units.ts';

const by = { at: '2026-05-01T08:00:00.000Z', who: 'observer' };
const history = (...steps: readonly (readonly EditJson[] | 'undo' | 'redo')[]): readonly Step[] =>
  steps.map((step, i) =>
    typeof step === 'string'
      ? { ...by, revision: i + 1, kind: step }
      : { ...by, revision: i + 1, kind: 'edits', edits: step },
  );
const picked = { kind: 'picked', time: ms(12), confidence: 0.7 } as const;

describe('edits', () => {
  it('stand in the order in which they were made, one step each', () => {
    const state = stateOf(
      history(
        [{ kind: 'set', trace: 3, timeMs: 20 }],
        [
          { kind: 'kill', trace: 4 },
          { kind: 'reverse', trace: 4 },
        ],
        [{ kind: 'accept' }, { kind: 'note', text: 'windy' }],
        [{ kind: 'set', trace: 3, timeMs: 21 }],
      ),
    );
    expect(state).toMatchObject({ revision: 4, decision: 'accepted', notes: 'windy', canUndo: true, canRedo: false });
    expect([...state.traces]).toEqual([
      [3, { pick: { timeMs: 21 }, killed: false, reversed: false }],
      [4, { killed: true, reversed: true }],
    ]);
  });

  it('are undone and redone step by step, and a new one ends the redoing', () => {
    const set = (timeMs: number): readonly EditJson[] => [{ kind: 'set', trace: 0, timeMs }];
    const time = (state: ReturnType<typeof stateOf>) => state.traces.get(0)?.pick;
    expect(time(stateOf(history(set(1), set(2), 'undo')))).toEqual({ timeMs: 1 });
    expect(time(stateOf(history(set(1), set(2), 'undo', 'redo')))).toEqual({ timeMs: 2 });
    expect(stateOf(history(set(1), 'undo')).traces.size).toBe(0);
    expect(stateOf(history(set(1), 'undo', set(3)))).toMatchObject({ canRedo: false, revision: 3 });
    expect(time(stateOf(history(set(1), 'undo', set(3), 'redo')))).toEqual({ timeMs: 3 });
  });

  it('leave nothing when all of them are undone, and everything when all are redone', () => {
    const edit = fc.oneof(
      fc.record({ kind: fc.constant('set' as const), trace: fc.nat(5), timeMs: fc.nat(500) }),
      fc.record({ kind: fc.constantFrom('remove', 'kill', 'unkill', 'reverse', 'restore' as const), trace: fc.nat(5) }),
      fc.record({ kind: fc.constantFrom('accept', 'reject', 'clear-decision' as const) }),
      fc.record({ kind: fc.constant('note' as const), text: fc.string() }),
    );
    fc.assert(
      fc.property(fc.array(fc.array(edit, { minLength: 1, maxLength: 4 }), { maxLength: 8 }), (steps) => {
        const all = stateOf(history(...steps));
        const undone = [...steps, ...steps.map(() => 'undo' as const)];
        expect(stateOf(history(...undone))).toMatchObject({
          traces: new Map(),
          decision: undefined,
          notes: '',
          canUndo: false,
        });
        const redone = stateOf(history(...undone, ...steps.map(() => 'redo' as const)));
        expect({ ...redone, revision: all.revision }).toEqual(all);
      }),
    );
  });

  it('decide over what the picker said, which comes back with the trace', () => {
    const untouched = { killed: false, reversed: false };
    expect(pickAfter(picked, undefined)).toBe(picked);
    expect(pickAfter(picked, { ...untouched, pick: { timeMs: 9 } })).toEqual({
      kind: 'picked',
      time: 9,
      confidence: 1,
    });
    expect(pickAfter(picked, { ...untouched, pick: 'removed' })).toEqual({ kind: 'skipped', reason: 'removed' });
    expect(pickAfter(picked, { ...untouched, killed: true, pick: { timeMs: 9 } })).toEqual({
      kind: 'skipped',
      reason: 'dead',
    });
    expect(pickAfter(picked, { ...untouched, reversed: true })).toBe(picked);
    const low = { kind: 'skipped', reason: 'low-confidence' } as const;
    expect(pickAfter(low, { ...untouched, pick: 'removed' })).toBe(low);
  });
});
