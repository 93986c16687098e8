import { describe, expect, it } from 'vitest';
import { soak } from './soak.ts';

describe('a day in the field', () => {
  it('loses and doubles nothing while the station is killed, folders vanish and the disk is full', async () => {
    const { lost, duplicated, unaccounted, editsLost, unjudged, shots, kills } = await soak({
      shots: 100,
      seed: 4,
      cadenceMs: 25,
      troubleMs: 900,
    });
    expect({ lost, duplicated, unaccounted, editsLost, unjudged }).toEqual({
      lost: [],
      duplicated: [],
      unaccounted: [],
      editsLost: [],
      unjudged: [],
    });
    expect(shots).toBeGreaterThanOrEqual(100);
    expect(kills).toBeGreaterThan(0);
  });
});
