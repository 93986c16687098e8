/** What became of the picks when numbers became integers, as a page (docs/quantisation.md). */
import { RANGE_WAYS } from './affine.ts';
import { BAR } from './agreement.ts';
import { CHOICES } from './plan.ts';
import { type Quantised, TFLITE_TRACES, type Tried } from './quantise.ts';

export function quantisationPage(
  { manifest, reference, calibration, rounding, tried, chosen }: Quantised,
  command: string,
): string {
  const names = tried[0].agreement.map(({ data }) => data);
  return [
    `# ${manifest.name} in integers of 8 bits`,
    '',
    `Written by \`${command}\`; it makes \`model.int8.onnx\` and \`model.tflite\` of a model folder.`,
    '',
    'Kernels are integers with a scale for each output channel. Each weight is rounded knowing what the kernel looks at: the error of one is',
    `made good by those that are not rounded yet. With all kernels rounded to the nearest, scores diverge by ${nepers(rounding.nearest)} · 10⁻⁴ nepers a trace from`,
    `those of floats, in this way by ${nepers(rounding.knowing)}. The means of what a kernel looks at are part of what is known, so biases need no correction of`,
    `their own. Values that flow between layers become integers with one scale, from ${calibration.windows} batches of windows: what the picker shows its network`,
    `of ${calibration.shots} shots, and synthetic ones. Values that are joined, pooled or repeated share a scale, as TFLite asks. Both files hold the same`,
    'integers; `tests/training/tflite.test.ts` holds what they compute against each other. What each runtime makes of them: [runtimes.md](runtimes.md).',
    '',
    '## How much becomes integers',
    '',
    'From most to least; the first that holds is taken. A choice holds when, on every set of shots, at least ' +
      `${100 * BAR.withinOneMs} % of the traces that`,
    `the model of floats picks have a pick within 1 ms of it, the hit rate within 5 ms falls by ${-100 * BAR.hitRateChange} point at most, and neither file is larger`,
    `than ${BAR.size} times ${reference.bytes.toLocaleString('en')} bytes. Time is processor time of ONNX Runtime's WebAssembly build on one thread; floats take ` +
      `${reference.microsecondsATrace.toFixed(0)} µs.`,
    '',
    ...table(
      ['choice', 'what becomes integers', 'ONNX', 'TFLite', 'µs a trace', 'holds'],
      tried.map((each) => [
        each === chosen?.tried ? `**${each.choice}**` : each.choice,
        CHOICES[each.choice],
        share(each.onnxBytes / reference.bytes),
        share(each.tfliteBytes / reference.bytes),
        each.microsecondsATrace.toFixed(0),
        each.holds ? 'yes' : 'no',
      ]),
    ),
    '',
    'Divergence of the scores from those of floats, in 10⁻⁴ nepers a trace, on windows that no range was learnt from, by what a range is taken from:',
    '',
    ...table(
      ['choice', ...RANGE_WAYS],
      tried.map(({ choice, divergence }) => [choice, ...RANGE_WAYS.map((way) => nepers(divergence[way]))]),
    ),
    '',
    'Picks within 1 ms of those of floats; in brackets the change of the hit rate within 5 ms, in points, and the shots in which more than a',
    'fifth of the picks moved.',
    '',
    ...table(
      ['choice', ...names],
      tried.map(({ choice, agreement }) => [choice, ...agreement.map(cell)]),
    ),
    '',
    'Picks within 0.1 ms:',
    '',
    ...table(
      ['choice', ...names.map((name, i) => `${name} (${tried[0].agreement[i].traces})`)],
      tried.map(({ choice, agreement }) => [choice, ...agreement.map(({ withinTenthMs }) => percent(withinTenthMs))]),
    ),
    '',
    'Where picks move by more than a millisecond, two places are about as likely: a little more or less on one of them turns the pick. It can turn',
    'whole shots, where the share of doubtful traces decides whether the network takes a second look (`shared/picking/corrected-guide.ts`).',
    '',
    ...(chosen ? chosenPart(chosen) : ['None of them holds: nothing was written.', '']),
  ].join('\n');
}

function chosenPart({ tried, layers, goldenAway }: NonNullable<Quantised['chosen']>): readonly string[] {
  return [
    `## ${tried.choice}, layer by layer`,
    '',
    `Golden scores differ by ${goldenAway.toPrecision(2)} at most; the manifest allows twice that. \`model.tflite\` takes windows of ${TFLITE_TRACES} traces, or of any`,
    'multiple of four after its input was resized; its input and its scores are floats.',
    '',
    'Signal over rounding in dB: of the kernel, of what the layer gives by its own rounding, and by all rounding up to it.',
    '',
    ...table(
      ['layer', 'weights', 'kernel', 'dB', 'gives', 'error', 'own dB', 'total dB'],
      layers.map(({ name, weights, kernel, kernelDb, range, error, ownDb, totalDb }) => [
        name,
        weights.toLocaleString('en'),
        kernel,
        number(kernelDb, 1),
        `${range[0].toFixed(2)} to ${range[1].toFixed(2)}`,
        number(error, 4),
        number(ownDb, 1),
        number(totalDb, 1),
      ]),
    ),
    '',
  ];
}

const cell = ({ withinOneMs, hitRateChange, turned, shots }: Tried['agreement'][number]): string => {
  const change = hitRateChange === undefined ? '' : `${signed(100 * hitRateChange)}; `;
  return `${percent(withinOneMs)} (${change}${turned} of ${shots})`;
};
/** In ten thousandths. */
const nepers = (value: number) => (1e4 * value).toFixed(2);
const percent = (value: number) => `${(100 * value).toFixed(2)} %`;
const share = (value: number) => `× ${value.toFixed(3)}`;
const signed = (value: number) =>
  Math.abs(value) < 0.005 ? '0' : `${value > 0 ? '+' : '−'}${Math.abs(value).toFixed(2)}`;
const number = (value: number | undefined, digits: number) => (value === undefined ? '' : value.toFixed(digits));

function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}
