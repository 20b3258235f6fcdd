/** The script of every page: shows the result, or why there is none. */
import { firstAttention } from './first-attention.js';

firstAttention()
  .catch((error) => ({ error: String(error) }))
  .then((result) => {
    document.body.textContent = JSON.stringify(result);
  });
