import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { curvesSvg, curvesText } from '#hw2/report/curves.js';

const curves = [
  { name: 'η = 0.1', values: [0.5, 0.75, 0.7] },
  { name: 'η = 0.01', values: [0.25, 0.5, 0.8] },
];

test('the SVG holds a line for each curve, named, through its points in order', () => {
  const svg = curvesSvg(curves, 'validation accuracy');
  assert.match(svg, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
  assert.match(svg, 'validation accuracy');
  for (const { name } of curves) assert.is(svg.split(`>${name}</text>`).length, 2, name);
  const circles = [...svg.matchAll(/<circle [^>]*>/g)].map(([circle]) => ({
    x: Number(/cx="([\d.]+)"/.exec(circle)![1]),
    y: Number(/cy="([\d.]+)"/.exec(circle)![1]),
  }));
  assert.is(circles.length, 6);
  // Equal steps of the epoch are equal steps to the right; a higher value stands higher.
  const [a, b, c, d] = circles;
  assert.ok(Math.abs(b!.x - a!.x - (c!.x - b!.x)) < 1e-6);
  assert.is(d!.x, a!.x);
  assert.ok(Math.abs((a!.y - b!.y) / (d!.y - a!.y) - 0.25 / 0.25) < 1e-6);
});

test('the terminal shows the same, without colour where none is wanted', () => {
  const text = curvesText(curves, 'validation accuracy', false);
  for (const part of ['validation accuracy', 'epoch', 'η = 0.1', 'η = 0.01', '0.8']) assert.match(text, part);
  assert.not.match(text, '\x1b');
  assert.match(curvesText(curves, 'validation accuracy', true), '\x1b');
});

test.run();
