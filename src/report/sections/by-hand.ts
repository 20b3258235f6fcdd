/** Questions 1.1 to 1.4 on three tokens of two numbers, and an exercise on each. */
import { featureDim } from 'hw2-engine';
import { paragraph, type Section, table } from '../page/blocks.js';
import { formula } from '../page/formula.js';
import { type Content, type Html, html } from '../page/html.js';

const INPUTS = { Q: [1, 0, 0, 1, 1, 1], K: [1, 0, 0, 1, -1, 1], V: [1, 0, 0, 1, 1, 1] };

interface Step {
  formula: string;
  /** JavaScript that makes `name` of what the steps before made; it is what the page ran to get the numbers beside it. */
  code: string;
  name: string;
}

export const STEPS: readonly Step[] = [
  {
    formula: 'S = Q K^⊤∕√D',
    code: 'const S = Q.map((q) => K.map((k) => dot(q, k) / Math.sqrt(2)));',
    name: 'S',
  },
  {
    formula: 'P = "softmax"(S)',
    code: 'const P = S.map((s) => {\n  const e = s.map(Math.exp);\n  return e.map((x) => x / sum(e));\n});',
    name: 'P',
  },
  {
    formula: 'Z = P V',
    code: 'const Z = P.map((p) => V[0].map((_, d) => dot(p, column(V, d))));',
    name: 'Z',
  },
  {
    formula: 'Φ(Q∕√D)',
    code: 'const phi = ([a, b]) => [\n  1, a, b,\n  a * a / Math.SQRT2, a * b,\n  b * b / Math.SQRT2,\n];\nconst F = Q.map((q) =>\n  phi(q.map((x) => x / Math.sqrt(2))));',
    name: 'F',
  },
  { formula: 'Φ(K)', code: 'const G = K.map(phi);', name: 'G' },
  {
    formula: 'A = Φ(Q∕√D) Φ(K)^⊤',
    code: 'const A = F.map((f) => G.map((g) => dot(f, g)));',
    name: 'A',
  },
  { formula: 'N^{−1} A', code: 'const W = A.map((a) => a.map((x) => x / sum(a)));', name: 'W' },
  {
    formula: 'Φ(K)^⊤ [V, 1]',
    code: 'const ones = V.map((v) => [...v, 1]);\nconst state = G[0].map((_, m) =>\n  ones[0].map((_, d) => dot(column(G, m), column(ones, d))));',
    name: 'state',
  },
  {
    formula: 'Φ(Q∕√D) · "state"',
    code: 'const R = F.map((f) =>\n  state[0].map((_, d) => dot(f, column(state, d))));',
    name: 'R',
  },
  {
    formula: 'N^{−1} (Φ(Q∕√D) (Φ(K)^⊤ V))',
    code: 'const linear = R.map(([a, b, n]) => [a / n, b / n]);',
    name: 'linear',
  },
];

const HELPERS =
  'const sum = (x) => x.reduce((a, b) => a + b, 0);\nconst dot = (x, y) => sum(x.map((a, i) => a * y[i]));\nconst column = (X, d) => X.map((row) => row[d]);';

type Matrix = number[][];

/** Every matrix of the example by its name, made by the code that the page shows. */
export function exampleMatrices(): Record<string, Matrix> {
  const [Q, K, V] = [INPUTS.Q, INPUTS.K, INPUTS.V].map(inPairs);
  const body = `${HELPERS}\n${STEPS.map(({ code }) => code).join('\n')}\nreturn { ${STEPS.map(({ name }) => name).join(', ')} };`;
  const found = new Function('Q', 'K', 'V', body)(Q, K, V) as Record<string, Matrix>;
  return { Q: Q!, K: K!, V: V!, ...found };
}

const inPairs = (numbers: readonly number[]): Matrix =>
  Array.from({ length: numbers.length / 2 }, (_, i) => numbers.slice(2 * i, 2 * i + 2));

const shown = (matrix: Matrix): Html => {
  const texts = matrix.map((row) =>
    row.map((x) => (Number.isInteger(x) ? String(x) : x.toFixed(3)).replace('-', '−')),
  );
  const widths = texts[0]!.map((_, i) => Math.max(...texts.map((row) => row[i]!.length)));
  return html`<pre>${texts.map((row) => row.map((text, i) => text.padStart(widths[i]!)).join(' ')).join('\n')}</pre>`;
};

export function byHandSection(): Section {
  const { Q, K, V, ...steps } = exampleMatrices();
  const question = (names: readonly string[], caption: string) =>
    table({
      caption,
      source: 'computed by the code shown, when this page was made',
      head: ['formula and code', 'numbers'],
      rows: STEPS.filter(({ name }) => names.includes(name)).map((step) => [
        html`${formula(step.formula)}<pre>${step.code}</pre>`,
        shown(steps[step.name]!),
      ]),
    });
  return {
    number: '1.8',
    title: 'All of it by hand',
    body: [
      paragraph(
        'Three tokens (L = 3) with two numbers each (D = 2), order K = 2, so M = 6 features. Nothing is left out.',
      ),
      table({
        caption: 'The inputs; a row for each token. The helpers that the code below uses stand beside them.',
        source: 'chosen',
        head: ['Q', 'K', 'V', 'helpers'],
        rows: [[shown(Q!), shown(K!), shown(V!), html`<pre>${HELPERS}</pre>`]],
      }),
      question(['S', 'P', 'Z'], 'Question 1.1: exact attention.'),
      exercise({
        question:
          'Exercise to 1.1. If token 2 may only see tokens 1 and 2 (causal attention), what weight has token 1 for it?',
        answer: weight(steps.S![1]!.slice(0, 2)),
        solution: html`Softmax over the first two scores of row 2 alone: ${formula(`"exp"(${steps.S![1]![0]!.toFixed(3)})∕("exp"(${steps.S![1]![0]!.toFixed(3)}) + "exp"(${steps.S![1]![1]!.toFixed(3)})) = ${weight(steps.S![1]!.slice(0, 2)).toFixed(3)}`)}.`,
      }),
      question(
        ['F', 'G'],
        'Question 1.2: the features of queries, which carry the scale, and of keys, which do not.',
      ),
      exercise({
        question: 'Exercise to 1.2. How many features has a vector of D = 3 numbers at order K = 3?',
        answer: featureDim(3, 3),
        solution: html`${formula('C(D + K, K) = C(6, 3) = 20')}: one constant, 3 of degree one, 6 of degree two, 10 of degree three.`,
      }),
      question(
        ['A', 'W'],
        'Question 1.3: the products of features stand for the exponentials, and rows divided by their sums for softmax.',
      ),
      exercise({
        question: 'Exercise to 1.3. What would row 3, column 1 of A be if the scale were forgotten?',
        answer: 2.5,
        solution: html`The score is then ${formula('q_3·k_1 = 1')}, and ${formula('1 + 1 + 1∕2 = 2.5')} instead of ${steps.A![2]![0]!.toFixed(3)}.`,
      }),
      question(
        ['state', 'R', 'linear'],
        'Question 1.4: the same from the right. The matrix A is never made; the last column of the state is that of the ones.',
      ),
      paragraph(
        html`The last result is ${formula('N^{−1} A V')} to the last digit, and not quite Z: at these scores, up to 1.41, order 2 falls short of the exponential.`,
      ),
      exercise({
        question:
          'Exercise to 1.4. How many numbers has the state of one head at D = 64 and K = 2, with the column of ones?',
        answer: featureDim(64, 2) * 65,
        solution: html`${formula('M (D + 1)')} with ${formula('M = 1 + 64 + 64 · 65∕2 = 2145')}: 2,145 · 65 = 139,425.`,
      }),
    ],
  };
}

const weight = ([a, b]: readonly number[]): number => Math.exp(a!) / (Math.exp(a!) + Math.exp(b!));

/** A question with a folded solution; where scripts run, the page checks a number that is typed in. */
function exercise({
  question,
  answer,
  solution,
}: {
  question: string;
  answer: number;
  solution: Content;
}): Html {
  return html`<div class="exercise" data-answer="${answer}"><p>${question}</p>
<p class="check" hidden><label>Answer <input inputmode="decimal" size="10"></label> <button type="button">Check</button> <output></output></p>
<details><summary>Solution</summary><p>${solution}</p></details></div>`;
}
