import { isSea } from 'node:sea';
import { firstAttention } from '../first-attention.js';

firstAttention().then((result) => console.log(JSON.stringify({ ...result, isSea: isSea() })));
