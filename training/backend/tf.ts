/** TensorFlow.js under the one name the rest of training uses; its default export is the CommonJS module as it stands. */
import tf from '@tensorflow/tfjs';

export type { DataId, KernelBackend, Scalar, Tensor, Tensor1D, Tensor2D, Tensor3D, Tensor4D } from '@tensorflow/tfjs';
export { tf };
