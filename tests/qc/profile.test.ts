/** Profiles: presets, and what a project changes of them. */
import { describe, expect, it } from 'vitest';
import { LIMITS, type LimitName, PROFILES, readProfile } from '#shared/qc/profile.ts';

const read = (value: unknown) => readProfile(JSON.stringify(value), 'crew.json');

describe('presets', () => {
  it.each(Object.entries(PROFILES))('%s has a number for every limit', (name, profile) => {
    expect(profile.name).toBe(name);
    expect(Object.keys(profile.limits)).toEqual(Object.keys(LIMITS));
    for (const value of Object.values(profile.limits)) expect(value).not.toBeNaN();
  });

  it('differ where the table says so', () => {
    expect(PROFILES.refraction.limits['dead-traces.warn']).toBe(2);
    expect(PROFILES['land-3d'].limits['dead-traces.warn']).toBe(5);
    expect(PROFILES.obs.limits['dead-traces.warn']).toBe(2);
  });

  it('give a reason for every limit', () => {
    for (const name of Object.keys(LIMITS) as LimitName[]) expect(LIMITS[name].why, name).toMatch(/\w+ \w+/);
  });
});

describe('a profile of a project', () => {
  it('changes what it names and keeps the rest', () => {
    const { name, limits } = read({
      extends: 'obs',
      limits: { 'dead-traces.warn': '12.5 %', 'mains-traces.level': '-20dB', 'spiky-traces.fail': 'never' },
    });
    expect(name).toBe('crew.json');
    expect(limits['dead-traces.warn']).toBe(12.5);
    expect(limits['mains-traces.level']).toBe(-20);
    expect(limits['spiky-traces.fail']).toBe(Number.POSITIVE_INFINITY);
    expect(limits['clipped-traces.warn']).toBe(PROFILES.obs.limits['clipped-traces.warn']);
  });

  it('extends the refraction crew when it does not say what', () => {
    expect(read({}).limits).toEqual(PROFILES.refraction.limits);
  });

  it.each([
    [
      { limits: { 'dead-traces.warn': '5 dB' } },
      'crew.json: expected dead-traces.warn as a number with its unit, "… %", found "5 dB"',
    ],
    [
      { limits: { 'dead-traces.warn': 5 } },
      'crew.json: expected dead-traces.warn as a number with its unit, "… %", found 5',
    ],
    [
      { limits: { 'dead-traces': '5 %' } },
      'crew.json: expected the name of a limit (docs/qc.md lists them), found "dead-traces"',
    ],
    [
      { limits: { toString: '5 %' } },
      'crew.json: expected the name of a limit (docs/qc.md lists them), found "toString"',
    ],
    [{ limits: 3 }, 'crew.json: expected "limits" to be an object, found 3'],
    [
      { extends: 'sea' },
      'crew.json: expected "extends" to be "refraction", "land-3d", "obs", "training-set", found "sea"',
    ],
    [{ limit: {} }, 'crew.json: expected "extends" and "limits", found "limit"'],
    [[], 'crew.json: expected an object, found []'],
  ])('refuses %j in one line', (value, message) => {
    expect(() => read(value)).toThrow(message);
  });

  it('refuses what is no JSON', () => {
    expect(() => readProfile('limits: 3', 'crew.json')).toThrow(
      /^crew\.json: expected a profile in JSON, found [^\n]*$/,
    );
  });
});
