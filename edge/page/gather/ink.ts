/** Colours of what is drawn on a canvas, taken from the style sheet, so that a theme is written once. */

const NAMES = [
  'paper',
  'ink',
  'faint',
  'grid',
  'pick',
  'rim',
  'shot',
  'ghost',
  'focus',
  'pass',
  'warn',
  'fail',
  'branch',
] as const;

export type Ink = Readonly<Record<(typeof NAMES)[number], string>> & {
  /** Factor of the width of lines; more in the sun. */
  readonly weight: number;
  readonly font: string;
};

export function inkOf(element: Element): Ink {
  const style = getComputedStyle(element);
  const colours = Object.fromEntries(NAMES.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
  return {
    ...(colours as Record<(typeof NAMES)[number], string>),
    weight: Number(style.getPropertyValue('--weight')) || 1,
    font: style.fontFamily,
  };
}
