import { firstAttention } from '../first-attention.js';

addEventListener('message', ({ source }) => {
  firstAttention()
    .catch((error) => ({ error: String(error) }))
    .then((result) => source.postMessage(result));
});
