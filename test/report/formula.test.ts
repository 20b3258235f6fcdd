import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { formula } from '#hw2/report/page/formula.js';

const inner = (notation: string) => {
  const [, text] = /^<math display="inline"><mrow>(.*)<\/mrow><\/math>$/.exec(formula(notation).text)!;
  return text;
};

test('letters, numbers, names and signs', () => {
  assert.is(inner('a + 12 "max"'), '<mi>a</mi><mo>+</mo><mn>12</mn><mi class="name">max</mi>');
  assert.is(inner('λ'), '<mi>λ</mi>');
});

test('scripts, fractions and roots', () => {
  assert.is(inner('x_i^2'), '<msubsup><mi>x</mi><mi>i</mi><mn>2</mn></msubsup>');
  assert.is(
    inner('t^n/n!'),
    '<mfrac><msup><mi>t</mi><mi>n</mi></msup><mrow><mi>n</mi><mo>!</mo></mrow></mfrac>',
  );
  assert.is(inner('√D'), '<msqrt><mi>D</mi></msqrt>');
  assert.is(inner('∑_j^K a'), '<munderover><mo>∑</mo><mi>j</mi><mi>K</mi></munderover><mi>a</mi>');
});

test('a sign behind an operator is that of a number', () => {
  assert.is(inner('a = −1'), '<mi>a</mi><mo>=</mo><mo form="prefix">−</mo><mn>1</mn>');
  assert.is(inner('a − 1'), '<mi>a</mi><mo>−</mo><mn>1</mn>');
});

test('brackets hold together', () => {
  assert.is(
    inner('(q)^n'),
    '<msup><mrow><mo stretchy="false">(</mo><mrow><mi>q</mi></mrow><mo stretchy="false">)</mo></mrow><mi>n</mi></msup>',
  );
  assert.is(inner('{a b}/c'), '<mfrac><mrow><mi>a</mi><mi>b</mi></mrow><mi>c</mi></mfrac>');
});

test('signs of HTML are text', () => {
  assert.is(inner('a < b'), '<mi>a</mi><mo>&lt;</mo><mi>b</mi>');
});

test('what cannot be read is refused', () => {
  for (const notation of ['a^', '(a', 'a)', '{a', 'a/', '√'])
    assert.throws(() => formula(notation), /^Error: formula |formula/, notation);
});

test.run();
