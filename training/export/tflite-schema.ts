/** Places of fields in the tables of a TFLite file, and its codes, as in schema.fbs of TensorFlow Lite (schema version 3). */

export const IDENTIFIER = 'TFL3';
export const VERSION = 3;

export const MODEL = { version: 0, operatorCodes: 1, subgraphs: 2, description: 3, buffers: 4 } as const;
export const OPERATOR_CODE = { deprecatedCode: 0, version: 2, code: 3 } as const;
export const SUBGRAPH = { tensors: 0, inputs: 1, outputs: 2, operators: 3, name: 4 } as const;
export const TENSOR = { shape: 0, type: 1, buffer: 2, name: 3, quantisation: 4, signature: 7, hasRank: 8 } as const;
export const QUANTISATION = { scale: 2, zero: 3, axis: 6 } as const;
export const OPERATOR = { code: 0, inputs: 1, outputs: 2, optionsType: 3, options: 4 } as const;
export const BUFFER = { data: 0 } as const;

export const TENSOR_TYPE = { float32: 0, int32: 2, int8: 9 } as const;
export type TensorType = keyof typeof TENSOR_TYPE;

export const PADDING = { same: 0, valid: 1 } as const;
export const ACTIVATION = { none: 0, relu: 1 } as const;

/** Options that are written, by place: bytes for codes and flags, whole numbers for the rest. */
export const OPTIONS = {
  convolution: { type: 1, fields: 6, padding: 0, strideWide: 1, strideHigh: 2, activation: 3 },
  pool: { type: 5, fields: 6, padding: 0, strideWide: 1, strideHigh: 2, filterWide: 3, filterHigh: 4 },
  concatenation: { type: 10, fields: 2, axis: 0 },
  reshape: { type: 17, fields: 1 },
  reducer: { type: 27, fields: 1, keepDimensions: 0 },
} as const;

/** Operators that are used: code, and the version that first took what is given to it. */
export const OPERATORS = {
  concatenation: { code: 2, float32: 1, int8: 2 },
  convolution: { code: 3, float32: 1, int8: 3 },
  /** Version 5: a scale for each channel. */
  dequantise: { code: 6, float32: 5, int8: 2 },
  maxPool: { code: 17, float32: 1, int8: 2 },
  reshape: { code: 22, float32: 1, int8: 1 },
  mean: { code: 40, float32: 1, int8: 2 },
  reduceMax: { code: 82, float32: 1, int8: 2 },
  quantise: { code: 114, float32: 1, int8: 1 },
} as const;
export type OperatorName = keyof typeof OPERATORS;
