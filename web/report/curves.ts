/** A small chart that is drawn anew whenever a slider moves: axes that stand still, lines, and where they are at one x. */

const SVG = 'http://www.w3.org/2000/svg';
const [WIDTH, HEIGHT] = [290, 220];
const LEGEND_LINE = 18;
const FRAME = { left: 36, right: WIDTH - 8, top: 2 * LEGEND_LINE + 14, bottom: HEIGHT - 22 };
const SAMPLES = 160;

export interface Axis {
  from: number;
  to: number;
  /** Where a number stands, and what it is, where that is not the place itself. */
  ticks: readonly (readonly [place: number, name: string])[];
}

export interface Curve {
  name: string;
  colour: string;
  isDashed?: boolean;
  /** What lies outside the axis is not drawn. */
  at(x: number): number;
}

export function drawCurves(
  svg: SVGSVGElement,
  { x, y, curves, marked }: { x: Axis; y: Axis; curves: readonly Curve[]; marked: number },
): void {
  const across = (value: number) =>
    FRAME.left + ((value - x.from) / (x.to - x.from)) * (FRAME.right - FRAME.left);
  const up = (value: number) =>
    FRAME.bottom - ((value - y.from) / (y.to - y.from)) * (FRAME.bottom - FRAME.top);
  const isInside = (value: number) => value >= y.from && value <= y.to;
  svg.setAttribute('viewBox', `0 0 ${WIDTH} ${HEIGHT}`);
  svg.replaceChildren(
    ...y.ticks.flatMap(([place, name]) => [
      element('path', { d: `M${FRAME.left},${up(place)}H${FRAME.right}`, stroke: 'var(--line)' }),
      text(name, { x: FRAME.left - 6, y: up(place) + 4, 'text-anchor': 'end' }),
    ]),
    ...x.ticks.map(([place, name]) =>
      text(name, { x: across(place), y: FRAME.bottom + 16, 'text-anchor': 'middle' }),
    ),
    element('path', {
      ...{ class: 'marked', d: `M${across(marked)},${FRAME.top}V${FRAME.bottom}` },
      ...{ stroke: 'currentColor', 'stroke-dasharray': '2 3' },
    }),
    ...curves.flatMap((curve, i) => {
      const stroke = {
        ...{ stroke: curve.colour, 'stroke-width': 1.8, fill: 'none' },
        ...(curve.isDashed && { 'stroke-dasharray': '5 4' }),
      };
      const line = i * LEGEND_LINE + 10;
      const value = curve.at(marked);
      return [
        element('path', { ...stroke, d: `M${FRAME.left},${line}h18` }),
        text(curve.name, { x: FRAME.left + 26, y: line + 4 }),
        element('path', { ...stroke, d: pathOf(curve) }),
        ...(isInside(value)
          ? [element('circle', { cx: across(marked), cy: up(value), r: 3.5, fill: curve.colour })]
          : []),
      ];
    }),
  );

  function pathOf(curve: Curve): string {
    let path = '';
    let isDown = false;
    for (let i = 0; i <= SAMPLES; i++) {
      const place = x.from + (i / SAMPLES) * (x.to - x.from);
      const value = curve.at(place);
      if (isInside(value)) path += `${isDown ? 'L' : 'M'}${across(place).toFixed(1)},${up(value).toFixed(1)}`;
      isDown = isInside(value);
    }
    return path;
  }
}

function element(name: string, attributes: Record<string, string | number>): SVGElement {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  return made;
}

function text(content: string, attributes: Record<string, string | number>): SVGElement {
  const made = element('text', { ...attributes, fill: 'currentColor' });
  made.textContent = content;
  return made;
}
