import type { Value } from '../graph.js';
import { describe, sameDims } from '../shape.js';
import { reshape } from './layout.js';

export interface LstmState {
  /** [1, B, D] */
  hidden: Value;
  /** [1, B, D] */
  cell: Value;
}

/**
 * A long short-term memory over a sequence x [L, B, I] (https://onnx.ai/onnx/operators/onnx__LSTM.html), gates in the
 * order input, output, forget, cell.
 *
 * @param weight [1, 4D, I]
 * @param recurrent [1, 4D, D]
 * @param bias [1, 8D], that of the input and then that of the recurrence
 * @param start the state before the first element; only `sequence` has a derivative, and not by this
 * @returns the hidden states [L, B, D], and the state after the last element
 */
export function lstm(
  x: Value,
  weight: Value,
  recurrent: Value,
  bias: Value,
  start: LstmState,
): { sequence: Value; end: LstmState } {
  const { graph, type } = x;
  const [length, batch, width] = x.dims;
  const units = recurrent.dims[2]!;
  const expected = [
    [weight, [1, 4 * units, width!]],
    [recurrent, [1, 4 * units, units]],
    [bias, [1, 8 * units]],
    [start.hidden, [1, batch!, units]],
    [start.cell, [1, batch!, units]],
  ] as const;
  for (const [value, dims] of expected)
    if (!sameDims(value.dims, dims))
      throw new RangeError(`lstm of ${describe(x)}: ${describe(value)}, expected [${dims.join(', ')}]`);

  // The operator's fifth input, lengths of the sequences, is left out: they are all of the full length.
  const absent: Value = { graph, name: '', type: 'int64', dims: [] };
  const [sequence, hidden, cell] = graph.applyMany(
    'LSTM',
    [x, weight, recurrent, bias, absent, start.hidden, start.cell],
    [
      { dims: [length!, 1, batch!, units], type },
      { dims: [1, batch!, units], type },
      { dims: [1, batch!, units], type },
    ],
    { hidden_size: units },
  );
  return {
    sequence: reshape(sequence!, [length!, batch!, units]),
    end: { hidden: hidden!, cell: cell! },
  };
}
