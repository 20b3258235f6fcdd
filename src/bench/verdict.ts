/**
 * One sentence on whether linear attention can stand in for softmax on some tensors.
 *
 * @param error distance to softmax attention, root mean square relative to it; NaN or infinity where that is unknown
 */
export function verdict(order: number, error: number): string {
  if (Number.isNaN(error))
    return `Order ${order} cannot be judged here: q, k, v or the outputs hold NaN or infinity.`;
  if (error === Number.POSITIVE_INFINITY)
    return `Order ${order} does not approximate softmax attention here: softmax attention is 0 on the rows compared, and it is not.`;
  const percent = `${(100 * error).toPrecision(2)} %`;
  if (error < 0.01) return `Order ${order} is usable here: it differs from softmax attention by ${percent}.`;
  if (error < 0.1)
    return `Order ${order} is a rough approximation here: it differs from softmax attention by ${percent}.`;
  return `Order ${order} does not approximate softmax attention here: it differs by ${percent}, which makes it another operator.`;
}
