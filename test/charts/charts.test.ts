import { decode } from 'fast-png';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { confusionChart } from '#hw2/charts/confusion.js';
import { dotChart } from '#hw2/charts/dots.js';
import { heatMap } from '#hw2/charts/heat-map.js';
import { lineChart } from '#hw2/charts/lines.js';
import { soundChart } from '#hw2/charts/sound.js';
import { chartSvg, drawChart } from '#hw2/charts/svg.js';
import { chartText } from '#hw2/charts/text.js';
import { colourOf } from '#hw2/charts/theme.js';

const chart = {
  ...{ title: 'Powers', source: 'a test', x: 'length', y: 'seconds', logarithmic: true },
  points: ['square', 'cube'].flatMap((series, i) =>
    [16, 64, 256, 1024].map((x) => ({ series, x, y: 1e-6 * x ** (i + 2) })),
  ),
};

/** Places that `translate(x,y)` says, of the elements that carry symbols. */
function places(svg: Element): { x: number; y: number }[] {
  const symbols = [...svg.querySelectorAll('[aria-label="dot"] path')];
  return symbols.map((symbol) => {
    const [x, y] = /translate\(([-\d.]+),([-\d.]+)\)/.exec(symbol.getAttribute('transform')!)!.slice(1);
    return { x: Number(x), y: Number(y) };
  });
}

// Places are rounded to hundredths of a pixel.
test('on logarithmic axes a power is a straight line', () => {
  const points = places(drawChart(chart, lineChart)).slice(0, 8);
  const slopes = [1, 2, 3, 5, 6, 7].map((i) => {
    const [before, point] = [points[i - 1]!, points[i]!];
    return (point.y - before.y) / (point.x - before.x);
  });
  for (const slope of slopes.slice(1, 3)) assert.ok(Math.abs(slope - slopes[0]!) < 5e-4);
  for (const slope of slopes.slice(3)) assert.ok(Math.abs(slope / slopes[0]! - 1.5) < 5e-4);
});

test('ticks of logarithmic axes have two digits, whichever they are', () => {
  const points = [1e-6, 1e-4, 0.01, 0.5, 1.5].map((y, i) => ({
    series: 'a',
    x: [0.005, 0.12, 3, 45, 1500][i]!,
    y,
  }));
  const svg = drawChart({ x: 'x', y: 'y', points, logarithmic: true }, lineChart);
  const texts = [...svg.querySelectorAll('text')].map(({ textContent }) => textContent);
  for (const tick of ['1e-6', '1e-4', '5e-3', '0.12', '45', '1,500'])
    assert.ok(texts.includes(tick), texts.join(' '));
});

test('words stand above the sound that they are of, apart, as many as have room', () => {
  const sound = (words: number, seconds: number) => {
    const chart = {
      ...{ x: 'time, s', y: 'filter', values: [0, 1, 2, 3], columns: 2, seconds },
      words: Array.from({ length: words }, (_, i) => ({
        text: `w${i}`,
        at: (seconds * (i + 5)) / (words + 5),
      })),
    };
    const texts = [...drawChart(chart, soundChart, true).querySelectorAll('[aria-label="text"] text')];
    const found = texts.map((text) => /translate\(([\d.]+)/.exec(text.getAttribute('transform')!)![1]);
    return found.map(Number);
  };
  for (const [words, shown] of [
    [10, 10],
    // Of thirty, 6.4 pixels apart, every third is far enough from the one before.
    [30, 10],
  ] as const) {
    const places = sound(words, 20);
    assert.is(places.length, shown);
    places.forEach((place, i) => {
      assert.ok(place <= 300 && (i === 0 || place - places[i - 1]! > 17.9), places.join());
    });
  }
});

test('names stand to the right of what is dashed, too', () => {
  const points = [0, 1].map((x) => ({ series: 'a', x, y: x }));
  const bounds = [0, 1].map((y) => ({ series: 'limit', x: 2, y }));
  const svg = drawChart({ x: 'x', y: 'y', points, bounds }, lineChart);
  const limit = svg.querySelector('[stroke-dasharray] path, path[stroke-dasharray]')!.getAttribute('d')!;
  // All names are moved to the right from here.
  assert.ok(places(svg).at(-1)!.x >= Number(/M([\d.]+)/.exec(limit)![1]), limit);
});

test('names of lines that end together stand below one another, around their ends', () => {
  const points = ['a', 'b', 'c', 'd'].flatMap((series, i) => [
    { series, x: 0, y: 0 },
    { series, x: 1, y: 1 + i / 1000 },
  ]);
  const heights = places(
    drawChart({ x: 'x', y: 'y', points: [...points, { series: 'e', x: 1, y: 2 }] }, lineChart),
  )
    .slice(points.length + 1, -1)
    .map(({ y }) => y)
    .sort((a, b) => a - b);
  assert.is(heights.length, 4);
  for (let i = 1; i < 4; i++) assert.ok(heights[i]! - heights[i - 1]! > 14, String(heights));
});

test('bands, and what theory says', () => {
  const points = [1, 2, 4].map((x) => ({ series: 's', x, y: x, low: x / 2, high: 2 * x }));
  const svg = drawChart({ x: 'x', y: 'y', points, bounds: points }, lineChart);
  assert.is(svg.querySelectorAll('[aria-label="area"] path').length, 1);
  assert.is(svg.querySelectorAll('[stroke-dasharray] path').length, 1);
  const plain = drawChart(
    { x: 'x', y: 'y', points: points.map(({ series, x, y }) => ({ series, x, y })) },
    lineChart,
  );
  assert.is(plain.querySelectorAll('[aria-label="area"] path').length, 0);
});

test('a file has title, source and units, and no background', () => {
  const svg = chartSvg(chart);
  for (const text of ['>Powers<', '>Source: a test<', 'length →', '↑ seconds'])
    assert.ok(svg.includes(text), text);
  assert.match(svg, /^<svg [^>]*xmlns="http:\/\/www.w3.org\/2000\/svg"/);
  assert.not.match(svg, /[^-]background: (white|#fff)/);
});

test('geometry has hundredths of a pixel, and nothing is added', () => {
  const svg = chartSvg({ ...chart, points: [1, 2, 3].map((x) => ({ series: 'a', x, y: 1 / x })) });
  assert.match(svg, /d="M[^"]*,\d+\.\d\d[^\d]/);
  assert.not.match(svg, /="[^"]*\d\.\d{3}/);
  assert.not.match(svg, /(x|y|d|width|transform)=""/);
});

test('text is escaped', () => {
  const points = [{ series: '<b>&"', x: 1, y: 1 }];
  assert.ok(chartSvg({ x: 'x', y: 'y', points }).includes('>&lt;b&gt;&amp;'));
});

test('lines that share a colour differ in dashes and symbols', () => {
  const points = [0.1, 0.01, 0.001].flatMap((rate) =>
    [1, 2].map((x) => ({ series: `η = ${rate}`, x, y: rate * x })),
  );
  const svg = drawChart({ x: 'epoch', y: 'loss', points }, lineChart);
  const lines = [...svg.querySelectorAll('[aria-label="line"]')];
  assert.equal(
    lines.map((line) => line.querySelector('path')!.getAttribute('stroke') ?? line.getAttribute('stroke')),
    ['currentColor', 'currentColor', 'currentColor'],
  );
  assert.is(new Set(lines.map((line) => line.getAttribute('stroke-dasharray'))).size, 3);
  const beside = [...svg.querySelectorAll('[aria-label="dot"]')].at(-1)!;
  assert.is(new Set([...beside.children].map((symbol) => symbol.getAttribute('d'))).size, 3);
});

test('colours stand out from white and from black', () => {
  const luminance = (hex: string) => {
    const [r, g, b] = [1, 3, 5].map((at) => {
      const share = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
  };
  // The last is the colour of the text.
  for (let series = 0; colourOf(series) !== 'currentColor'; series++) {
    const own = luminance(colourOf(series)) + 0.05;
    assert.ok(1.05 / own >= 3, `${colourOf(series)} on white`);
    assert.ok(own / (luminance('#14171c') + 0.05) >= 3, `${colourOf(series)} on black`);
  }
});

test('a heat map has a pixel for each value, brighter where it is larger', () => {
  const values = [0, 0.25, 0.5, 0.75, 1, 2];
  const svg = drawChart({ x: 'key', y: 'query', values, columns: 3, domain: [0, 1] as const }, heatMap);
  const [, base64] = svg.querySelector('image')!.getAttribute('href')!.split(',');
  const { width, height, data } = decode(Buffer.from(base64!, 'base64'));
  assert.equal([width, height], [3, 2]);
  const brightness = values.map((_, i) => 2 * data[3 * i]! + 7 * data[3 * i + 1]! + data[3 * i + 2]!);
  for (let i = 1; i < 5; i++) assert.ok(brightness[i]! > brightness[i - 1]!);
  assert.is(brightness[5], brightness[4]);
});

test('a confusion matrix shows every count', () => {
  const matrix = [
    [1200, 3],
    [0, 7],
  ];
  const texts = [...drawChart({ names: ['ill', 'well'], matrix }, confusionChart).querySelectorAll('text')];
  for (const count of ['1,200', '3', '0', '7'])
    assert.ok(texts.some(({ textContent }) => textContent === count));
});

test('dots have intervals where these are known', () => {
  const dots = [
    { row: 'a', series: 'ours', x: 0.5, low: 0.4, high: 0.6 },
    { row: 'a', series: 'theirs', x: 0.7 },
  ];
  const svg = drawChart({ x: 'share', dots }, dotChart);
  assert.is(svg.querySelectorAll('[aria-label="rule"] line').length, 1);
  assert.is(svg.querySelectorAll('[aria-label="dot"] path, [aria-label="dot"] circle').length, 4);
});

test('the terminal has 80 columns', () => {
  const lines = chartText(chart, false).split('\n');
  for (const line of lines) assert.ok(line.length <= 80, line);
  assert.is(lines[0], 'Powers');
  assert.match(lines.join('\n'), /● square {2}◆ cube/);
  for (const symbol of ['●', '◆']) assert.is(lines.join('').split(symbol).length - 1, 4 + 1, symbol);
});

test('symbols of lines that meet stand side by side', () => {
  const points = ['a', 'b', 'c'].flatMap((series) => [1, 2, 4].map((x) => ({ series, x, y: x })));
  const chart = chartText({ x: 'x', y: 'y', points }, false);
  assert.is(chart.split('●◆○').length - 1, 3, chart);
  assert.not.match(chart, /more than one/);
  const crowd = Array.from({ length: 60 }, (_, i) => ({ series: 'a', x: i, y: 0 }));
  assert.match(
    chartText({ x: 'x', y: 'y', points: [...crowd, { series: 'b', x: 7, y: 0 }] }, false),
    /\* more than one/,
  );
});

test('the same method has the same colour in every chart of a terminal, wherever it comes', () => {
  const colourOf = (name: string, names: readonly string[]) => {
    const points = names.flatMap((series, i) => [1, 2].map((x) => ({ series, x, y: i + x })));
    const text = chartText({ x: 'x', y: 'y', points }, true);
    return new RegExp(`\\[(\\d+)m.\\x1b\\[39m ${name}`).exec(text)![1];
  };
  const [exact, linear] = ['hw2 exact', 'hw2 taylor'];
  const colours = [
    [exact, linear],
    ['ort Attention-23', 'ort feature products', linear, exact],
  ].map((names) => [colourOf(exact, names as string[]), colourOf(linear, names as string[])]);
  assert.equal(colours[0], colours[1]);
  assert.is.not(colours[0]![0], colours[0]![1]);
});

test('ticks of a logarithmic axis are round numbers, those of what is counted whole ones', () => {
  const points = [1, 2, 3].map((x) => ({ series: 'a', x, y: 10 ** -x }));
  const logarithmic = chartText({ x: 'x', y: 'y', points, logarithmic: 'y', wholeX: true }, false);
  for (const tick of ['0.1┤●', '0.01┤', '1e-3┤']) assert.ok(logarithmic.includes(tick), logarithmic);
  assert.match(logarithmic, /\n\s+1\s+2\s+3\s*\n/);
});

test('ticks that lie close together have the digits that tell them apart', () => {
  const points = [0.25, 0.2727].map((y, x) => ({ series: 'a', x, y }));
  const text = chartText({ x: 'x', y: 'y', points }, false);
  for (const tick of ['0.25┤', '0.255┤', '0.26┤', '0.265┤', '0.27┤']) assert.ok(text.includes(tick), text);
});

test('ticks of a chart in characters have room', () => {
  const points = [0.034, 0.1, 0.22, 0.48, 0.57, 0.66, 0.76, 0.95, 1.1, 1.2, 1.3].map((x, i) => {
    return { series: 'a', x, y: 1 / (i + 1) };
  });
  for (const logarithmic of ['y', true, false] as const) {
    const lines = chartText({ ...chart, logarithmic, points }, false).split('\n');
    const below = lines.slice(lines.findIndex((line) => line.includes('└')) + 1, -1).join(' ');
    const numbers = below.trim().split(/\s+/).map(Number);
    assert.ok(numbers.length >= 3, below);
    assert.equal(
      numbers,
      numbers.toSorted((a, b) => a - b),
      below,
    );
    for (const number of numbers) assert.ok(number >= 0 && number <= 1.4, below);
  }
});

test.run();
