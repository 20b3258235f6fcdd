const LIMIT = 1000;

/**
 * Whole numbers as a user writes them: a list `256,1024`, ranges `256-16384*2` (each twice the one before) and
 * `16-64+16`, or both, `64,256-1024*2`. Ascending, none twice.
 *
 * @throws RangeError that shows the part which is not understood
 */
export function parseSweep(text: string): number[] {
  const numbers = text.split(',').flatMap(parsePart);
  return [...new Set(numbers)].sort((a, b) => a - b);
}

function parsePart(part: string): number[] {
  const match = /^\s*(\d+)(?:-(\d+)([*+])(\d+))?\s*$/.exec(part);
  const refuse = (reason: string) => new RangeError(`"${part}": ${reason}`);
  if (!match) throw refuse('expected a whole number, or a range such as 256-4096*2 or 16-64+16');
  const [first, last, step] = [match[1], match[2] ?? match[1], match[4] ?? 1].map(Number) as [
    number,
    number,
    number,
  ];
  if (first < 1) throw refuse('expected numbers from 1');
  if (last < first) throw refuse('the range ends before it begins');
  if (match[3] && step < (match[3] === '*' ? 2 : 1)) throw refuse('the range does not advance');
  const numbers = [];
  for (let n = first; n <= last; n = match[3] === '*' ? n * step : n + step) {
    numbers.push(n);
    if (numbers.length > LIMIT) throw refuse(`more than ${LIMIT} numbers`);
  }
  return numbers;
}
