import type { Value } from '../graph.js';
import { sigmoid, tanh } from '../operators/activation.js';
import { add, mul, sub } from '../operators/arithmetic.js';
import { concat, reshape, slice, split } from '../operators/layout.js';
import { gemm } from '../operators/product.js';
import { reduceSum } from '../operators/reduction.js';
import type { Derivatives } from './derivative.js';

export const recurrence: Derivatives = {
  /**
   * Backpropagation through time. All that does not depend on the step after is computed for all steps at once, as
   * matrices of L·B rows: gates are made again from the hidden states, and weights get their gradient in one product.
   */
  LSTM: (
    { name, inputs: [x, weight, recurrent, bias, , hidden, cell], outputs: [sequence] },
    [d, ...others],
  ) => {
    if (!d || others.some(Boolean))
      throw new TypeError(`node ${name}: only the sequence of hidden states has a derivative here`);
    const [length, batch, width] = x!.dims as [number, number, number];
    const units = recurrent!.dims[2]!;
    const rows = length * batch;
    const steps = (matrix: Value) =>
      split(
        matrix,
        Array.from({ length }, () => batch),
        0,
      );

    const inputs = reshape(x!, [rows, width]);
    const w = reshape(weight!, [4 * units, width]);
    const r = reshape(recurrent!, [4 * units, units]);
    const [inputBias, recurrentBias] = split(reshape(bias!, [8 * units]), [4 * units, 4 * units], 0);
    const states = reshape(sequence!, [rows, units]);
    const previous = previousRows(reshape(hidden!, [batch, units]), states);
    const fromInput = gemm(inputs, w, add(inputBias!, recurrentBias!), { transposeB: true });
    const gates = split(
      gemm(previous, r, fromInput, { transposeB: true }),
      Array.from({ length: 4 }, () => units),
      1,
    );
    const [input, output, forget] = gates.slice(0, 3).map(sigmoid) as [Value, Value, Value];
    const candidate = tanh(gates[3]!);

    const forgets = steps(forget);
    const added = steps(mul(input, candidate));
    const firstCell = reshape(cell!, [batch, units]);
    const cellSteps: Value[] = [];
    for (let t = 0; t < length; t++)
      cellSteps.push(add(mul(forgets[t]!, cellSteps[t - 1] ?? firstCell), added[t]!));
    const cells = concat(cellSteps, 0);
    const squashed = tanh(cells);

    const one = x!.graph.scalar(1);
    const sigmoidSlope = (y: Value) => sub(y, mul(y, y));
    const tanhSlope = (y: Value) => sub(one, mul(y, y));
    const cellByHidden = steps(mul(output, tanhSlope(squashed)));
    // Factors that turn the gradient of the cell state (at the output gate: of the hidden state) into the gradients of the
    // four sums that enter the gates.
    const sumsByState = steps(
      concat(
        [
          mul(candidate, sigmoidSlope(input)),
          mul(squashed, sigmoidSlope(output)),
          mul(previousRows(firstCell, cells), sigmoidSlope(forget)),
          mul(input, tanhSlope(candidate)),
        ],
        1,
      ),
    );

    const dSequence = steps(reshape(d, [rows, units]));
    const dSumSteps: Value[] = [];
    let dHidden = dSequence[length - 1]!;
    let dCell = mul(dHidden, cellByHidden[length - 1]!);
    for (let t = length - 1; ; t--) {
      dSumSteps[t] = mul(concat([dCell, dHidden, dCell, dCell], 1), sumsByState[t]!);
      if (t === 0) break;
      dHidden = gemm(dSumSteps[t]!, r, dSequence[t - 1]!);
      dCell = add(mul(dCell, forgets[t]!), mul(dHidden, cellByHidden[t - 1]!));
    }
    const dSums = concat(dSumSteps, 0);
    const dBias = reduceSum(dSums, [0]);
    return [
      reshape(gemm(dSums, w), x!.dims),
      reshape(gemm(dSums, inputs, undefined, { transposeA: true }), weight!.dims),
      reshape(gemm(dSums, previous, undefined, { transposeA: true }), recurrent!.dims),
      reshape(concat([dBias, dBias], 0), bias!.dims),
    ];
  },
};

/** The rows one step of the sequence earlier, the first of them those before it. */
function previousRows(first: Value, rows: Value): Value {
  const kept = rows.dims[0]! - first.dims[0]!;
  return kept === 0 ? first : concat([first, slice(rows, 0, 0, kept)], 0);
}
