import { Session } from '../../onnx/session.js';
import type { Problem } from '../problem.js';
import { rulePeers } from '../rules/onnx.js';
import { onnxPeers } from './onnx-peers.js';

/**
 * A session of native ONNX Runtime. Its idle threads spin by default, which takes the processor from whoever comes next: they do
 * so here only where every contender runs as it comes.
 */
export const createNative = (model: Uint8Array, { threads }: Pick<Problem, 'threads'>) =>
  Session.create(model, { threads, spinning: threads === 'default' });

export const nativePeers = onnxPeers('ort', createNative);

/** The same of linear attention by rules. */
export const nativeRulePeers = rulePeers('ort', (model, problem) => {
  // ONNX Runtime 1.30 knows the operators of set 27, which it takes for unfinished, only where it is told to.
  process.env.ALLOW_RELEASED_ONNX_OPSET_ONLY = '0';
  return createNative(model, problem);
});
