/**
 * The fixed headers of SEG-Y: binary file header, trace header and trace header extension 1, row by row.
 * SEG-Y revision 0 (Barry, Cavers and Kneale 1975), 1 (SEG 2002), 2.0 and 2.1 (SEG 2017, 2023); the comment names the first revision where it is not 0.
 */
import type { FieldTable } from '../fields.ts';

/** Bytes of the textual file header and of each extended one and each trailer. */
export const TEXT_BYTES = 3200;
/** Textual and binary header together: where traces or extended text begin. */
export const FILE_HEADER_BYTES = 3600;
/** A trace header, and each additional one. */
export const TRACE_HEADER_BYTES = 240;

/** `at` is the standard's number, which counts from the start of the textual header. */
export const BINARY_HEADER = {
  job: { at: 3201, as: 'i32' },
  line: { at: 3205, as: 'i32' },
  reel: { at: 3209, as: 'i32' },
  dataTraces: { at: 3213, as: 'i16' }, // per ensemble
  auxiliaryTraces: { at: 3215, as: 'i16' }, // per ensemble
  intervalUs: { at: 3217, as: 'u16' },
  originalIntervalUs: { at: 3219, as: 'u16' },
  samples: { at: 3221, as: 'u16' }, // more than 32767 are common
  originalSamples: { at: 3223, as: 'u16' },
  format: { at: 3225, as: 'i16' }, // see sample-formats.ts
  fold: { at: 3227, as: 'i16' },
  sorting: { at: 3229, as: 'i16' }, // 1 as recorded, 5 common source point
  verticalSum: { at: 3231, as: 'i16' },
  sweepStart: { at: 3233, as: 'i16' }, // Hz
  sweepEnd: { at: 3235, as: 'i16' }, // Hz
  sweepLength: { at: 3237, as: 'i16' }, // ms
  sweepType: { at: 3239, as: 'i16' },
  sweepChannel: { at: 3241, as: 'i16' },
  taperStart: { at: 3243, as: 'i16' }, // ms
  taperEnd: { at: 3245, as: 'i16' }, // ms
  taperType: { at: 3247, as: 'i16' },
  correlated: { at: 3249, as: 'i16' }, // 1 no, 2 yes
  gainRecovered: { at: 3251, as: 'i16' }, // 1 yes, 2 no
  amplitudeRecovery: { at: 3253, as: 'i16' },
  lengthUnit: { at: 3255, as: 'i16' }, // 1 metres, 2 feet
  impulsePolarity: { at: 3257, as: 'i16' },
  vibratorPolarity: { at: 3259, as: 'i16' },
  extendedDataTraces: { at: 3261, as: 'i32' }, // rev 2
  extendedAuxiliaryTraces: { at: 3265, as: 'i32' }, // rev 2
  extendedSamples: { at: 3269, as: 'u32' }, // rev 2, overrides `samples`
  extendedIntervalUs: { at: 3273, as: 'f64' }, // rev 2, overrides `intervalUs`
  extendedOriginalIntervalUs: { at: 3281, as: 'f64' }, // rev 2
  extendedOriginalSamples: { at: 3289, as: 'u32' }, // rev 2
  extendedFold: { at: 3293, as: 'i32' }, // rev 2
  byteOrder: { at: 3297, as: 'u32' }, // rev 2, see BYTE_ORDER_CONSTANT
  major: { at: 3501, as: 'u8' }, // rev 1
  minor: { at: 3502, as: 'u8' }, // rev 1
  fixedLength: { at: 3503, as: 'i16' }, // rev 1: 1 = length and interval of traces are those of this header
  extendedTexts: { at: 3505, as: 'i16' }, // rev 1: -1 = until the stanza ((SEG: EndText))
  additionalHeaders: { at: 3507, as: 'u16' }, // rev 2: at most so many per trace; read as 16 bits, which is how files have it
  surveyType: { at: 3509, as: 'u16' }, // rev 2.1
  timeBasis: { at: 3511, as: 'i16' }, // rev 2: 1 local 2 GMT 3 other 4 UTC 5 GPS
  traces: { at: 3513, as: 'u64' }, // rev 2: 0 = all of the file
  firstTrace: { at: 3521, as: 'u64' }, // rev 2: byte offset, overrides `extendedTexts` when not 0
  trailers: { at: 3529, as: 'i32' }, // rev 2: records of 3200 bytes after the traces, -1 = unknown
} as const satisfies FieldTable;

/** Stored in bytes 3297–3300 by the byte order of the file. */
export const BYTE_ORDER_CONSTANT = 0x01020304;

export const TRACE_HEADER = {
  lineSequence: { at: 1, as: 'i32' },
  fileSequence: { at: 5, as: 'i32' },
  ffid: { at: 9, as: 'i32' }, // original field record number
  channel: { at: 13, as: 'i32' }, // trace number within the field record
  sourcePoint: { at: 17, as: 'i32' },
  ensemble: { at: 21, as: 'i32' },
  ensembleTrace: { at: 25, as: 'i32' },
  identification: { at: 29, as: 'i16' }, // see trace-kind in trace-facts.ts
  verticalSum: { at: 31, as: 'i16' },
  horizontalSum: { at: 33, as: 'i16' },
  use: { at: 35, as: 'i16' }, // 1 production, 2 test
  offset: { at: 37, as: 'i32' }, // source to receiver group, signed, no scalar
  receiverElevation: { at: 41, as: 'i32' }, // elevationScalar
  sourceElevation: { at: 45, as: 'i32' }, // elevationScalar
  sourceDepth: { at: 49, as: 'i32' }, // elevationScalar
  receiverDatum: { at: 53, as: 'i32' }, // elevationScalar
  sourceDatum: { at: 57, as: 'i32' }, // elevationScalar
  sourceWaterDepth: { at: 61, as: 'i32' }, // elevationScalar
  receiverWaterDepth: { at: 65, as: 'i32' }, // elevationScalar
  elevationScalar: { at: 69, as: 'i16' }, // > 0 multiplies, < 0 divides, 0 means 1
  coordinateScalar: { at: 71, as: 'i16' }, // > 0 multiplies, < 0 divides, 0 means 1
  sourceX: { at: 73, as: 'i32' }, // coordinateScalar
  sourceY: { at: 77, as: 'i32' }, // coordinateScalar
  receiverX: { at: 81, as: 'i32' }, // coordinateScalar
  receiverY: { at: 85, as: 'i32' }, // coordinateScalar
  coordinateUnit: { at: 89, as: 'i16' }, // 1 length, 2 seconds of arc, 3 degrees, 4 degrees, minutes, seconds
  weatheringVelocity: { at: 91, as: 'i16' },
  subweatheringVelocity: { at: 93, as: 'i16' },
  sourceUphole: { at: 95, as: 'i16' }, // ms, timeScalar
  receiverUphole: { at: 97, as: 'i16' }, // ms, timeScalar
  sourceStatic: { at: 99, as: 'i16' }, // ms, timeScalar
  receiverStatic: { at: 101, as: 'i16' }, // ms, timeScalar
  totalStatic: { at: 103, as: 'i16' }, // ms, timeScalar
  lagA: { at: 105, as: 'i16' }, // ms, timeScalar: end of header to time break
  lagB: { at: 107, as: 'i16' }, // ms, timeScalar: time break to shot
  delay: { at: 109, as: 'i16' }, // ms, timeScalar: shot to first sample
  muteStart: { at: 111, as: 'i16' }, // ms, timeScalar
  muteEnd: { at: 113, as: 'i16' }, // ms, timeScalar
  samples: { at: 115, as: 'u16' },
  intervalUs: { at: 117, as: 'u16' },
  gainType: { at: 119, as: 'i16' },
  gain: { at: 121, as: 'i16' }, // dB
  initialGain: { at: 123, as: 'i16' }, // dB
  correlated: { at: 125, as: 'i16' },
  sweepStart: { at: 127, as: 'i16' }, // Hz
  sweepEnd: { at: 129, as: 'i16' }, // Hz
  sweepLength: { at: 131, as: 'i16' }, // ms
  sweepType: { at: 133, as: 'i16' },
  taperStart: { at: 135, as: 'i16' }, // ms
  taperEnd: { at: 137, as: 'i16' }, // ms
  taperType: { at: 139, as: 'i16' },
  aliasFilter: { at: 141, as: 'i16' }, // Hz
  aliasSlope: { at: 143, as: 'i16' }, // dB/octave
  notchFilter: { at: 145, as: 'i16' }, // Hz
  notchSlope: { at: 147, as: 'i16' }, // dB/octave
  lowCut: { at: 149, as: 'i16' }, // Hz
  highCut: { at: 151, as: 'i16' }, // Hz
  lowCutSlope: { at: 153, as: 'i16' }, // dB/octave
  highCutSlope: { at: 155, as: 'i16' }, // dB/octave
  year: { at: 157, as: 'i16' }, // two digits occur
  dayOfYear: { at: 159, as: 'i16' },
  hour: { at: 161, as: 'i16' },
  minute: { at: 163, as: 'i16' },
  second: { at: 165, as: 'i16' },
  timeBasis: { at: 167, as: 'i16' }, // 1 local 2 GMT 3 other 4 UTC 5 GPS
  weighting: { at: 169, as: 'i16' }, // N: a unit of the stored value is 2^-N volts
  rollSwitchGroup: { at: 171, as: 'i16' },
  firstGroup: { at: 173, as: 'i16' },
  lastGroup: { at: 175, as: 'i16' },
  gapSize: { at: 177, as: 'i16' },
  overTravel: { at: 179, as: 'i16' },
  ensembleX: { at: 181, as: 'i32' }, // rev 1, coordinateScalar
  ensembleY: { at: 185, as: 'i32' }, // rev 1, coordinateScalar
  inline: { at: 189, as: 'i32' }, // rev 1
  crossline: { at: 193, as: 'i32' }, // rev 1
  shotpoint: { at: 197, as: 'i32' }, // rev 1
  shotpointScalar: { at: 201, as: 'i16' }, // rev 1
  valueUnit: { at: 203, as: 'i16' }, // rev 1, see VALUE_UNITS in trace-facts.ts
  transductionMantissa: { at: 205, as: 'i32' }, // rev 1
  transductionExponent: { at: 209, as: 'i16' }, // rev 1
  transductionUnit: { at: 211, as: 'i16' }, // rev 1
  device: { at: 213, as: 'i16' }, // rev 1
  timeScalar: { at: 215, as: 'i16' }, // rev 1: for the times in bytes 95–114; > 0 multiplies, < 0 divides
  sourceType: { at: 217, as: 'i16' }, // rev 1
  sourceDirectionX: { at: 219, as: 'i16' }, // rev 1
  sourceDirectionY: { at: 221, as: 'i16' }, // rev 1
  sourceDirectionZ: { at: 223, as: 'i16' }, // rev 1
  sourceMeasurementMantissa: { at: 225, as: 'i32' }, // rev 1
  sourceMeasurementExponent: { at: 229, as: 'i16' }, // rev 1
  sourceMeasurementUnit: { at: 231, as: 'i16' }, // rev 1
} as const satisfies FieldTable;

/** Where a rev 2 header says its name: 8 characters, `SEG00000` or zeros in the trace header. */
export const HEADER_NAME_AT = 233;
export const EXTENSION_NAME = 'SEG00001';

/** First additional trace header of rev 2, counted from its own start; what is not zero overrides the trace header. */
export const TRACE_EXTENSION = {
  lineSequence: { at: 1, as: 'u64' },
  fileSequence: { at: 9, as: 'u64' },
  ffid: { at: 17, as: 'i64' },
  ensemble: { at: 25, as: 'i64' },
  receiverElevation: { at: 33, as: 'f64' },
  receiverDepth: { at: 41, as: 'f64' },
  sourceElevation: { at: 49, as: 'f64' },
  sourceDepth: { at: 57, as: 'f64' },
  receiverDatum: { at: 65, as: 'f64' },
  sourceDatum: { at: 73, as: 'f64' },
  sourceWaterDepth: { at: 81, as: 'f64' },
  receiverWaterDepth: { at: 89, as: 'f64' },
  sourceX: { at: 97, as: 'f64' },
  sourceY: { at: 105, as: 'f64' },
  receiverX: { at: 113, as: 'f64' },
  receiverY: { at: 121, as: 'f64' },
  offset: { at: 129, as: 'f64' },
  samples: { at: 137, as: 'u32' }, // appendix A of rev 2.0 says 129–132 by mistake
  nanoseconds: { at: 141, as: 'i32' }, // to add to the second
  intervalUs: { at: 145, as: 'f64' },
  cable: { at: 153, as: 'i32' },
  additionalHeaders: { at: 157, as: 'u16' }, // of this trace
  lastTraceFlags: { at: 159, as: 'i16' },
  ensembleX: { at: 161, as: 'f64' },
  ensembleY: { at: 169, as: 'f64' },
} as const satisfies FieldTable;

/** What the PASSCAL/IRIS variant keeps in bytes that the standard leaves free or uses otherwise. */
export const PASSCAL_HEADER = {
  intervalUs: { at: 201, as: 'i32' }, // when the 16-bit interval is 1
  dataForm: { at: 205, as: 'i16' }, // 0 = 16-bit, 1 = 32-bit integers
  millisecond: { at: 207, as: 'i16' },
  scaleFactor: { at: 221, as: 'f32' },
  samples: { at: 229, as: 'i32' }, // when the 16-bit count is 32767
} as const satisfies FieldTable;
