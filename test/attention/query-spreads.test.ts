import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { placeCall, Scope } from '#engine/attention/placement.js';
import { checkCall } from '#engine/attention/shapes.js';
import { testTiers } from '../tiers.js';
import { gaussian } from './tensors.js';

const test = suite('how far queries are from their mean');

testTiers(
  test,
  'what float64 gives, at any dimension, and not finite where a query is not',
  async (engine) => {
    const [batches, heads, queries] = [2, 3, 5];
    for (const headDim of [1, 3, 4, 7, 8, 9, 13, 64]) {
      const dims = [batches, heads, queries, headDim];
      const q = gaussian(dims, 100 + headDim);
      q.data[headDim] = Number.NaN;
      q.data[3 * headDim - 1] = Number.POSITIVE_INFINITY;
      const call = checkCall({ q, k: gaussian(dims, 2), v: gaussian(dims, 3) }, {});
      const [means, weights] = [
        gaussian([batches * heads * headDim], 4),
        gaussian([batches * heads * headDim], 5),
      ];
      const scope = new Scope(engine);
      try {
        const { params } = placeCall(scope, call, false);
        const statistics = scope.allocate(4 * batches * heads * queries);
        const [centre, placed] = [scope.placeFloats(means.data), scope.placeFloats(weights.data)];
        const address = scope.placeParams({ ...params, statistics, centre, weights: placed });
        for (let task = 0; task < batches * heads; task++) engine.kernels.spreadQueries(address, task, 0);
        engine.arena.float32(statistics, batches * heads * queries).forEach((spread, row) => {
          const stratum = Math.floor(row / queries) * headDim;
          let expected = 0;
          for (let d = 0; d < headDim; d++)
            expected +=
              ((q.data[row * headDim + d]! - means.data[stratum + d]!) * weights.data[stratum + d]!) ** 2;
          if (Number.isFinite(expected))
            assert.ok(Math.abs(spread / expected - 1) < 1e-6, `${headDim}, row ${row}`);
          else assert.not(Number.isFinite(spread), `${headDim}, row ${row}`);
        });
      } finally {
        scope.release();
      }
    }
  },
);

test.run();
