import { firstAttention } from '../../../../first-attention.js';

export const dynamic = 'force-dynamic';
export const GET = async () => Response.json(await firstAttention());
