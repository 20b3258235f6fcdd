import { formatRoughPercent } from '../format/numbers.js';

/**
 * One sentence on whether linear attention can stand in for softmax on some tensors.
 *
 * @param error distance to softmax attention, root mean square relative to it; NaN or infinity where that is unknown
 */
export function verdict(order: number, error: number, centroids?: number): string {
  const name = centroids === undefined ? `Order ${order}` : `Order ${order} about ${centroids} centroids`;
  if (Number.isNaN(error))
    return `${name} cannot be judged here: q, k, v or the outputs hold NaN or infinity.`;
  if (error === Number.POSITIVE_INFINITY)
    return `${name} does not approximate softmax attention here: softmax attention is 0 on the rows compared, and it is not.`;
  const percent = formatRoughPercent(error);
  if (error < 0.01) return `${name} is usable here: it differs from softmax attention by ${percent}.`;
  if (error < 0.1)
    return `${name} is a rough approximation here: it differs from softmax attention by ${percent}.`;
  return `${name} does not approximate softmax attention here: it differs by ${percent}, which makes it another operator.`;
}
