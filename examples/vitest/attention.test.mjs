import { expect, test } from 'vitest';
import { firstAttention } from '../first-attention.js';

test('attention', async () => {
  expect((await firstAttention()).threads).toBe(2);
});
