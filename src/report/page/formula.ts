import { type Html, html } from './html.js';

/**
 * Formulas as MathML, from a notation close to how they are read: `Z = "softmax"({Q K^⊤}/{√D}) V`.
 *
 * A letter is a variable, `"exp"` a name, `a^2`, `a_i` and `a_i^2` have scripts, `a/b` is a fraction, `a∕b` stays on
 * the line, `√a` is a root; `{…}` holds together without being seen, brackets hold together and are seen. Every other
 * sign is an operator. Scripts of ∑ stand below and above it.
 */
export function formula(notation: string): Html {
  return math(notation, 'inline');
}

/** A formula on a line of its own. */
export function display(notation: string): Html {
  return html`<div class="formula" role="group" tabindex="0" aria-label="Formula">${math(notation, 'block')}</div>`;
}

function math(notation: string, form: 'inline' | 'block'): Html {
  const tokens = notation.match(/"[^"]*"|\d+(?:[.,]\d+)*|\S/g) ?? [];
  const row = parseRow(tokens, notation);
  if (tokens.length > 0) throw new Error(`formula with ${tokens[0]} too many: ${notation}`);
  return html`<math display="${form}">${row}</math>`;
}

const CLOSING: Record<string, string> = { '{': '}', '(': ')', '[': ']' };

/** Reads up to the end or to a closing brace or bracket, which it leaves. */
function parseRow(tokens: string[], notation: string): Html {
  const items: Html[] = [];
  while (tokens.length > 0 && !Object.values(CLOSING).includes(tokens[0]!)) {
    // A sign behind an operator is that of a number; a browser would take it for a difference.
    if (/^[-−]$/.test(tokens[0]!) && items.at(-1)?.text.startsWith('<mo')) {
      tokens.shift();
      items.push(html`<mo form="prefix">−</mo>`);
      continue;
    }
    const item = parseScripted(tokens, notation);
    if (tokens[0] === '/') {
      tokens.shift();
      items.push(html`<mfrac>${item}${parseScripted(tokens, notation)}</mfrac>`);
    } else items.push(item);
  }
  return html`<mrow>${items}</mrow>`;
}

function parseScripted(tokens: string[], notation: string): Html {
  const isSum = tokens[0] === '∑';
  const base = parseAtom(tokens, notation);
  const script = (mark: string) => {
    if (tokens[0] !== mark) return undefined;
    tokens.shift();
    return parseAtom(tokens, notation);
  };
  const below = script('_');
  const above = script('^');
  const scripted = withScripts(base, below, above, isSum);
  if (tokens[0] !== '!') return scripted;
  tokens.shift();
  return html`<mrow>${scripted}<mo>!</mo></mrow>`;
}

function withScripts(base: Html, below: Html | undefined, above: Html | undefined, isSum: boolean): Html {
  if (isSum && below && above) return html`<munderover>${base}${below}${above}</munderover>`;
  if (isSum && below) return html`<munder>${base}${below}</munder>`;
  if (below && above) return html`<msubsup>${base}${below}${above}</msubsup>`;
  if (below) return html`<msub>${base}${below}</msub>`;
  return above ? html`<msup>${base}${above}</msup>` : base;
}

function parseAtom(tokens: string[], notation: string): Html {
  const token = tokens.shift();
  if (token === undefined) throw new Error(`formula ends too early: ${notation}`);
  const closing = CLOSING[token];
  if (closing) {
    const row = parseRow(tokens, notation);
    if (tokens.shift() !== closing) throw new Error(`formula without ${closing}: ${notation}`);
    if (token === '{') return row;
    // Brackets grow with fractions and sums alone: without a mathematical font they would grow with anything.
    const bracket = (sign: string) =>
      /<m(frac|under)/.test(row.text) ? html`<mo>${sign}</mo>` : html`<mo stretchy="false">${sign}</mo>`;
    return html`<mrow>${bracket(token)}${row}${bracket(closing)}</mrow>`;
  }
  if (token === '√') return html`<msqrt>${parseScripted(tokens, notation)}</msqrt>`;
  if (token.startsWith('"')) return html`<mi class="name">${token.slice(1, -1)}</mi>`;
  if (/^\d/.test(token)) return html`<mn>${token}</mn>`;
  if (/^\p{L}$/u.test(token)) return html`<mi>${token}</mi>`;
  if (token === '|') return html`<mo lspace="0" rspace="0" stretchy="false">|</mo>`;
  return html`<mo>${token === '-' ? '−' : token}</mo>`;
}
