import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { chartSvg } from '#hw2/report/chart-svg.js';
import { chartText } from '#hw2/report/chart-text.js';

const chart = {
  ...{ title: 'Powers', x: 'length', y: 'seconds', logarithmic: true },
  points: ['square', 'cube'].flatMap((series, i) =>
    [16, 64, 256, 1024].map((x) => ({ series, x, y: 1e-6 * x ** (i + 2) })),
  ),
};

test('on logarithmic axes a power is a straight line', () => {
  const circles = [...chartSvg(chart).matchAll(/<circle [^>]*>/g)].map(([circle]) => ({
    x: Number(/cx="([\d.]+)"/.exec(circle)![1]),
    y: Number(/cy="([\d.]+)"/.exec(circle)![1]),
  }));
  assert.is(circles.length, 8);
  const slopes = [1, 2, 3, 5, 6, 7].map((i) => {
    const [before, point] = [circles[i - 1]!, circles[i]!];
    return (point.y - before.y) / (point.x - before.x);
  });
  for (const slope of slopes.slice(1, 3)) assert.ok(Math.abs(slope - slopes[0]!) < 1e-6);
  for (const slope of slopes.slice(3)) assert.ok(Math.abs(slope / slopes[0]! - 1.5) < 1e-6);
});

test('the terminal has 80 columns', () => {
  const lines = chartText(chart, false).split('\n');
  for (const line of lines) assert.ok(line.length <= 80, line);
  assert.is(lines[0], 'Powers');
  assert.match(lines.join('\n'), /● square {2}◆ cube/);
  for (const symbol of ['●', '◆']) assert.is(lines.join('').split(symbol).length - 1, 4 + 1, symbol);
});

test.run();
