import { Session } from '../../onnx/session.js';
import { onnxPeers } from './onnx-peers.js';

/**
 * Native ONNX Runtime. Its idle threads spin by default, which takes the processor from whoever comes next: they do
 * so here only where every contender runs as it comes.
 */
export const nativePeers = onnxPeers('ort', (model, { threads }) =>
  Session.create(model, { threads, spinning: threads === 'default' }),
);
