// Also for Deno and Bun, and for esbuild and ncc, which make one file of it.
import { firstAttention } from '../first-attention.js';

console.log(JSON.stringify(await firstAttention()));
