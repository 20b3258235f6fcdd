import { align } from '../../metrics/alignment.js';
import type { Judged } from '../../speech/comparison.js';
import { type Html, html } from '../page/html.js';

/** The first sentences and what each system made of them, one below the other, with what differs marked. */
export function differences(
  systems: readonly Judged[],
  count: number,
  titleOf: (name: string) => string,
): Html {
  const clips = systems[0]!.clips.slice(0, count);
  return html`<dl class="transcript">${clips.map(
    ({ target }, i) => html`<dt>said</dt><dd>${target}</dd>
${systems.map(({ name, clips: own }) => html`<dt>${titleOf(name)}</dt><dd>${marked(target, own[i]!.predicted)}</dd>\n`)}`,
  )}</dl>`;
}

/** The hypothesis; what is not as in the reference is marked, a missing character is a dot. */
export function marked(reference: string, hypothesis: string): Html {
  const runs: { text: string; wrong: boolean }[] = [];
  for (const pair of align(reference, hypothesis)) {
    const wrong = pair.reference !== pair.hypothesis;
    const text = pair.hypothesis ?? '·';
    const last = runs.at(-1);
    if (last?.wrong === wrong) last.text += text;
    else runs.push({ text, wrong });
  }
  return html`${runs.map(({ text, wrong }) => (wrong ? html`<mark>${text}</mark>` : text))}`;
}
