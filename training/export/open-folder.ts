/** A model folder of this machine, run by ONNX Runtime. */
import * as ort from 'onnxruntime-web';
import { type OpenedModel, openModel } from '#shared/model/open-model.ts';
import { type Ort, openOnnx } from '#shared/model/runtime.ts';
import { bytesOf } from '../files.ts';

/** @throws RecordError */
export const openFolder = (folder: string): Promise<OpenedModel> =>
  openModel(folder, {
    read: async (path) => bytesOf(path),
    start: (bytes) => openOnnx(ort as unknown as Ort, 'onnx-web', bytes),
  });
