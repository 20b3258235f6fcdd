// workerd compiles no bytes: the kernels are a module of the program, and there are no threads.
import relaxed from 'hw2-engine/wasm/relaxed.wasm';
import { firstAttention } from '../first-attention.js';

export default {
  fetch: async () => Response.json(await firstAttention({ tier: 'relaxed', wasm: relaxed, threads: 1 })),
};
