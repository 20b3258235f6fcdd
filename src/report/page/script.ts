import { readFileSync } from 'node:fs';

/** The explorer with the engine in it, as `scripts/bundle-web.ts` bundles `web/report/explorer.ts`. */
export function explorerScript(): string {
  const script = readFileSync(new URL('explorer-bundle.js', import.meta.url), 'utf8');
  return script.replaceAll('</script', '<\\/script');
}

/**
 * What the page does where scripts run; nothing is missing where they do not. Tables of numbers can be copied, and all that was
 * measured, round by round, can be saved: it lies in the page as JSON.
 */
export const SCRIPT = `
for (const details of document.querySelectorAll('details:has(table)')) {
  const button = document.createElement('button');
  button.textContent = 'Copy the numbers';
  button.onclick = async () => {
    const text = [...details.querySelectorAll('table')].map((table) => [...table.rows].map((row) => [...row.cells].map((cell) => cell.textContent.replaceAll('\\u00a0', ' ')).join('\\t')).join('\\n')).join('\\n\\n');
    await navigator.clipboard.writeText(text).then(() => { button.textContent = 'Copied'; }, () => { button.textContent = 'Select the table and copy it by hand'; });
    setTimeout(() => { button.textContent = 'Copy the numbers'; }, 2000);
  };
  details.append(button);
}
for (const matrix of document.querySelectorAll('.matrix')) {
  const button = document.createElement('button');
  button.textContent = 'Copy';
  button.onclick = async () => {
    const bytes = Uint8Array.from(atob(matrix.dataset.float32), (character) => character.charCodeAt(0));
    const values = new Float32Array(bytes.buffer);
    const columns = Number(matrix.dataset.columns);
    const rows = Array.from({ length: values.length / columns }, (_, i) => Array.from(values.subarray(i * columns, (i + 1) * columns), (value) => Number(value.toPrecision(6))).join('\\t'));
    await navigator.clipboard.writeText(rows.join('\\n')).then(() => { button.textContent = 'Copied'; }, () => { button.textContent = 'The browser did not allow it'; });
    setTimeout(() => { button.textContent = 'Copy'; }, 2000);
  };
  matrix.append(' ', button);
}
for (const exercise of document.querySelectorAll('.exercise')) {
  const [check, input, output] = ['.check', 'input', 'output'].map((name) => exercise.querySelector(name));
  check.hidden = false;
  const judge = () => {
    const answer = Number(exercise.dataset.answer);
    // A comma stands before decimals in some languages and between thousands in others.
    const readings = ['.', ''].map((comma) => Number(input.value.replaceAll(',', comma)));
    const isRight = readings.some((given) => Math.abs(given - answer) <= 0.005 * Math.abs(answer));
    output.textContent = input.value.trim() === '' ? '' : isRight ? 'Right.' : 'Not yet.';
  };
  exercise.querySelector('button').onclick = judge;
  input.onchange = judge;
}
// Chromium leaves a gap behind a root.
for (const root of document.querySelectorAll('msqrt')) {
  const gap = root.getBoundingClientRect().right - root.lastElementChild.getBoundingClientRect().right;
  if (gap > 1) root.style.marginInlineEnd = -gap / parseFloat(getComputedStyle(root).fontSize) + 'em';
}
const record = document.getElementById('findings');
if (record) {
  const link = document.createElement('a');
  link.download = 'hw2-report.json';
  link.textContent = 'Save all measurements as JSON, round by round';
  link.href = URL.createObjectURL(new Blob([record.textContent], { type: 'application/json' }));
  document.querySelector('footer').append(link);
}
`;
