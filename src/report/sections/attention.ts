import { formatEstimate } from '../../format/numbers.js';
import type { AttentionFindings } from '../findings/attention.js';
import { paragraph, type Section, table } from '../page/blocks.js';
import { display, formula } from '../page/formula.js';
import { html } from '../page/html.js';
import { approximationSection, errorSection } from './approximation.js';
import { byHandSection } from './by-hand.js';
import { memoryGrowth, stateGrowth, timeGrowth } from './cost.js';
import { explorerSection } from './explorer.js';
import { featureMapSection } from './feature-map.js';
import { crossoverSection, nativeSection } from './native.js';

/** Question 1: attention and what it costs. @param source names the measurements below figures and tables */
export function attentionSection(findings: AttentionFindings, source: string): Section {
  return {
    number: '1',
    title: 'Attention and its cost',
    body: [],
    parts: [
      operatorSection(findings, source),
      featureMapSection(),
      approximationSection(findings),
      linearSection(findings, source),
      errorSection(findings, source),
      crossoverSection(findings, source),
      nativeSection(findings, source),
      byHandSection(),
      explorerSection(),
    ],
  };
}

function operatorSection(findings: AttentionFindings, source: string): Section {
  return {
    number: '1.1',
    title: 'The operator, and why long sequences are a problem',
    body: [
      paragraph(
        html`Every token of a sequence asks a question, its <em>query</em>, and offers an answer, its <em>value</em>, under a label, its <em>key</em>. Attention gives each token the mean of all values, weighted by how well the keys fit its query:`,
      ),
      display('Z = "softmax"({Q K^⊤}/{√D}) V'),
      paragraph(
        html`Q, K and V have a row of D numbers for each of the L tokens. Row i of ${formula('Q K^⊤')} holds the scores ${formula('q_i·k_j')} of one query with all keys; softmax makes positive weights of them that add up to 1. The original report writes the operator with and without ${formula('√D')}: that is one operator with another scale. Here the scale is ${formula('1∕√D')}, and it goes to the queries: ${formula('Q K^⊤∕√D = (Q∕√D) K^⊤')}. That is the same for softmax, and in the following sections it says which vectors features are made of.`,
      ),
      table({
        caption: html`What has to be computed. A product of an ${formula('m × n')} by an ${formula('n × p')} matrix takes ${formula('m n p')} multiplications and as many additions.`,
        source: 'counted',
        head: ['step', 'result', 'operations', 'original report'],
        rows: [
          [formula('S = Q K^⊤'), formula('L × L'), formula('2 L^2 D'), 'O(L²D)'],
          [formula('S∕√D'), formula('L × L'), formula('L^2'), 'O(L²)'],
          [formula('P = "softmax"(S)'), formula('L × L'), html`some ${formula('L^2')}`, 'O(L²)'],
          [formula('Z = P V'), formula('L × D'), formula('2 L^2 D'), 'O(L²D)'],
          ['together', '', formula('≈ 4 L^2 D'), 'O(L²D)'],
        ],
      }),
      paragraph(
        'So the time grows with the square of the length: a text ten times as long takes a hundred times as long. That is the original’s answer, derived on paper. Here it is measured, next to the linear attention of the following sections and to native code.',
      ),
      ...timeGrowth(findings, source),
      paragraph(
        html`Memory is another matter. The matrix of weights has ${formula('L^2')} numbers, 16 GiB for 65,536 tokens, but it need not exist as a whole: softmax can be summed up block by block of keys, correcting what was summed whenever a larger score turns up. hw2’s exact kernel does that: beside the tensors themselves it needs the same little memory for any L, although its time grows with ${formula('L^2')}.`,
      ),
      ...memoryGrowth(findings, source),
    ],
  };
}

function linearSection(findings: AttentionFindings, source: string): Section {
  const inState = stateGrowth(findings);
  return {
    number: '1.4',
    title: 'Linear in the length',
    body: [
      paragraph(
        html`Nothing is gained as long as ${formula('Φ(Q∕√D) Φ(K)^⊤')}, an ${formula('L × L')} matrix, is formed first. But products may be taken in any order, and from the right the large matrix never appears:`,
      ),
      display('Z ≈ N^{−1} (Φ(Q∕√D) (Φ(K)^⊤ V))'),
      table({
        caption: 'The same result from the right.',
        source: 'counted',
        head: ['step', 'result', 'operations', 'original report'],
        rows: [
          [html`features ${formula('Φ(Q∕√D), Φ(K)')}`, formula('L × M'), formula('≈ 2 L M'), 'O(LM)'],
          [
            html`state ${formula('Φ(K)^⊤ [V, 1]')}`,
            formula('M × (D + 1)'),
            formula('2 L M (D + 1)'),
            'O(LMD)',
          ],
          [
            html`query ${formula('Φ(Q∕√D) · "state"')}`,
            formula('L × (D + 1)'),
            formula('2 L M (D + 1)'),
            'O(LMD)',
          ],
          ['divide each row by its last number', formula('L × D'), formula('L D'), 'O(LD)'],
          ['together', '', formula('≈ 4 L M (D + 1)'), 'O(LMD)'],
        ],
      }),
      paragraph(
        html`The column of ones beside V makes the denominators in the same product: multiplying by ${formula('N^{−1}')} is dividing every row by one number, not a product with an ${formula('L × L')} matrix. The keys and values of the whole sequence are now one state of ${formula('M × (D + 1)')} numbers, whatever L is. It can be built token by token, so that the millionth token of a stream costs what the first did, and states of two halves can be added.`,
      ),
      paragraph(
        inState
          ? html`In L the exponent was measured above. In the size of the state, the time, again over the roof’s of the same rounds, grew with ${formula('(M(D + 1))^p')}, p = ${formatEstimate(inState)}, over D = 16, 32 and 64 at one length; expected is 1. Source: ${source}.`
          : 'In L the exponent was measured above.',
      ),
    ],
  };
}
