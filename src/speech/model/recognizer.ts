import type { Parameter } from '../../onnx/parameters.js';
import type { FrontEnd } from '../spectrogram.js';
import { attentionDecoder, attentionDecoderParameters } from './attention-decoder.js';
import { sharedParameters } from './cross-attention.js';
import { type EncoderAttention, encoderParameters } from './encoder.js';
import { lstmDecoder, lstmDecoderParameters } from './lstm-decoder.js';

/** The report's two systems, by what their decoder remembers with. */
export type Decoder = 'lstm' | 'attention';
export const decoders: readonly Decoder[] = ['lstm', 'attention'];
/** The decoder of `hw2 transcribe` and of the page unless another one is chosen. */
export const DEFAULT_DECODER: Decoder = 'attention';

/** What a trained recognizer is. */
export interface System {
  readonly decoder: Decoder;
  /** Absent: softmax. */
  readonly encoderAttention?: EncoderAttention;
  /** Absent: sound as it was recorded. */
  readonly frontEnd?: FrontEnd;
}

/** What the systems are called in sentences, titles and charts. */
export const decoderNames: Readonly<Record<Decoder, string>> = {
  lstm: 'LSTM decoder',
  attention: 'attention decoder',
};

/** `attention decoder, linear self-attention in the encoder`: a trained recognizer in a title. */
export function systemName({ decoder, encoderAttention = 'exact' }: System): string {
  return `${decoderNames[decoder]}${encoderAttention === 'taylor' ? ', linear self-attention in the encoder' : ''}`;
}

export const decoderNetworks = { lstm: lstmDecoder, attention: attentionDecoder } as const;

/** The parameters of a system, in the order of the flat vector. */
export function recognizerParameters(decoder: Decoder): Parameter[] {
  const own = decoder === 'lstm' ? lstmDecoderParameters : attentionDecoderParameters;
  return [...encoderParameters, ...sharedParameters, ...own];
}
