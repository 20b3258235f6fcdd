import { heatColours } from '../../charts/heat-map.js';
import { paragraph, type Section } from '../page/blocks.js';
import { type Html, html } from '../page/html.js';

/** Where the script of the explorer, `web/report/explorer.ts`, finds what it moves. */
export function explorerSection(): Section {
  return {
    number: '1.9',
    title: 'Move it yourself',
    body: [
      paragraph(
        'The engine that was measured above is in this page, and computes here whenever a slider moves: nothing is asked of any server. Without scripts, and on paper, the figures of sections 1.2, 1.3 and 1.5 show the same at fixed settings.',
      ),
      html`<div id="explorer" data-colours="${Buffer.from(heatColours()).toString('base64')}"><div class="controls" hidden>
${range('t', 'score t', -4, 2.5, 0.05, 1)}${range('K', 'order K', 1, 4, 1, 2)}
<div class="pictures"><div><svg class="weights" role="img" aria-label="The exponential and its series by score, marked at t"></svg><p>weight before normalisation, by score t</p></div><div><svg class="errors" role="img" aria-label="Error of the series and Lagrange’s bound on it by score, marked at t"></svg><p>error of the series, by score t</p></div></div>
<p class="series"></p>
${range('sigma', 'deviation σ of the scores', 0.05, 3, 0.05, 1)}${range('L', 'length L', 4, 96, 4, 48)}${range('D', 'head dimension D', 2, 32, 2, 16)}
<div class="pictures"><div><canvas class="exact" role="img" aria-label="Weights of softmax attention"></canvas><p>softmax</p></div><div><canvas class="linear" role="img" aria-label="Weights of linear attention"></canvas><p>linear attention; magenta: below zero</p></div></div>
<p class="distance" aria-live="polite"></p>
</div></div>`,
    ],
  };
}

function range(name: string, label: string, min: number, max: number, step: number, value: number): Html {
  return html`<label class="slider"><span>${label} <output name="${name}">${value}</output></span><input type="range" name="${name}" min="${min}" max="${max}" step="${step}" value="${value}"></label>
`;
}
