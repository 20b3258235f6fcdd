/** Contenders by name: plans ask for them, records keep them and tables look them up. */
import type { Kind } from './problem.js';

/** This project's own. */
export const OURS: Readonly<Record<Kind, string>> = { exact: 'hw2 exact', taylor: 'hw2 taylor' };

/** An ONNX runtime on the graphs of `peers/`. @param runtime `ort` is onnxruntime-node, `ort-web` onnxruntime-web */
export function graphNames(runtime: string) {
  return {
    /** softmax(QKᵀ/√D)·V in three operators: it keeps the whole matrix of weights. */
    decomposed: `${runtime} MatMul-Softmax-MatMul`,
    /** The operator that ONNX Runtime fuses. */
    fused: `${runtime} MultiHeadAttention`,
    /** The operator of the ONNX standard. */
    standard: `${runtime} Attention-23`,
    /** The operator of ONNX Runtime for groups of heads. */
    grouped: `${runtime} GroupQueryAttention`,
    /** Linear attention as matrix products over explicit features. */
    features: `${runtime} feature products`,
    /** Linear attention as a recurrent operator over the same features. */
    recurrent: `${runtime} LinearAttention`,
  };
}

export const NATIVE = graphNames('ort');

/** A kind of attention in a sentence: linear attention is that of the Taylor feature map unless a rule is named. */
export const titleOf = (kind: Kind): string => (kind === 'exact' ? 'exact' : 'linear');
