import { describe, expect, it } from 'vitest';
import { leaveOneSiteOut } from '../../training/data/folds.ts';

describe('folds', () => {
  it('hold out each site once, and never train on what they hold out', () => {
    const folds = leaveOneSiteOut(['a', 'b', 'c', 'a']);
    expect(folds).toEqual([
      { name: 'a', test: ['a'], train: ['b', 'c'] },
      { name: 'b', test: ['b'], train: ['a', 'c'] },
      { name: 'c', test: ['c'], train: ['a', 'b'] },
    ]);
  });

  it('keep together what shares ground, and out of training what may not be trained on', () => {
    const folds = leaveOneSiteOut(['a', 'b', 'c', 'd'], { together: [['b', 'c']], never: ['d'] });
    expect(folds).toEqual([
      { name: 'b+c', test: ['b', 'c'], train: ['a'] },
      { name: 'a', test: ['a'], train: ['b', 'c'] },
      { name: 'd', test: ['d'], train: ['a', 'b', 'c'] },
    ]);
  });

  it.each([
    [() => leaveOneSiteOut(['a']), /at least two sites, found 1/],
    [() => leaveOneSiteOut(['a', 'b'], { together: [['a', 'b']] }), /at least two sites, found 1/],
    [() => leaveOneSiteOut(['a', 'b'], { never: ['x'] }), /one of a, b, found x/],
    [
      () =>
        leaveOneSiteOut(['a', 'b', 'c'], {
          together: [
            ['a', 'b'],
            ['b', 'c'],
          ],
        }),
      /b in one group, found it in two/,
    ],
  ])('refuse what cannot be folded', (run, message) => {
    expect(run).toThrow(message);
  });
});
