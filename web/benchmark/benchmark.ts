import type { Tier } from 'hw2-engine';
import { timeChart } from '#hw2/bench/charts.js';
import type { Problem } from '#hw2/bench/problem.js';
import type { Race } from '#hw2/bench/race.js';
import { NOISY } from '#hw2/bench/settings.js';
import { raceRows, raceSpread } from '#hw2/bench/summary.js';
import { lineChart } from '#hw2/charts/lines.js';
import {
  formatCount,
  formatCounted,
  formatError,
  formatFaster,
  formatPercent,
  formatRate,
  formatRough,
  formatSeconds,
} from '#hw2/format/numbers.js';
import { formControls, keepInAddress } from '../address.js';
import { element, elementOf, write } from '../elements.js';
import { availableTiers, threadChoice } from '../engine-choices.js';
import { showShare } from '../progress.js';
import { Cancelled, Remote } from '../remote.js';
import { racesToMarkdown } from './markdown.js';
import type { Question } from './question.js';

const SHORTEST = 256;
/** Pixels that a chart needs to name its lines at their ends; narrower, they are named above. */
const ROOM_FOR_NAMES = 520;

/** The section that measures this browser. */
export function start(): void {
  const form = elementOf('benchmark-form', HTMLFormElement);
  const run = elementOf('benchmark-run', HTMLButtonElement);
  const copy = elementOf('benchmark-copy', HTMLButtonElement);
  const status = elementOf('benchmark-status', HTMLElement);
  const working = elementOf('benchmark-working', HTMLElement);
  for (const { tier, note, isDefault } of availableTiers()) {
    const box = element('input', { type: 'checkbox', name: 'tier', value: tier });
    box.defaultChecked = isDefault;
    elementOf('benchmark-tiers', HTMLElement).append(
      element('div', { class: 'check' }, element('label', {}, box, `${tier}: ${note}`)),
    );
  }
  threadChoice(elementOf('benchmark-threads', HTMLSelectElement));
  run.disabled = false;
  form.addEventListener(
    'change',
    keepInAddress('benchmark', formControls(form), () => {}),
  );

  let races: Race[] = [];
  let said = '';
  window.addEventListener('resize', () => show(races));
  let isRunning = false;
  const remote = new Remote<Question, number, Race>('benchmark-worker');

  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (isRunning) return remote.cancel();
    const questions = questionsOf(new FormData(form));
    if (questions.length === 0) {
      status.textContent = 'Choose at least one tier.';
      return;
    }
    races = [];
    show(races);
    run.textContent = 'Stop';
    working.hidden = false;
    copy.disabled = true;
    isRunning = true;
    try {
      for (const [i, question] of questions.entries()) {
        write(status, `Measuring L = ${formatCount(question.problem.L)} …`);
        const showRaced = (share: number) => {
          const raced = weightOf(questions.slice(0, i)) + share * weightOf([question]);
          showShare(working, raced / weightOf(questions));
        };
        showRaced(0);
        races.push(await remote.ask(question, showRaced));
        show(races);
      }
      said = `${summary(races.at(-1)!)}${busyness(races)}`;
    } catch (error) {
      said = error instanceof Cancelled ? 'Stopped.' : (error as Error).message;
    } finally {
      write(status, said);
      // Engines keep memory and threads.
      remote.cancel();
      isRunning = false;
      run.textContent = 'Run';
      working.hidden = true;
      copy.disabled = races.length === 0;
    }
  });

  copy.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(racesToMarkdown(races));
      write(status, `Copied. ${said}`);
    } catch (error) {
      write(status, `Cannot copy: ${(error as Error).message}. ${said}`);
    }
  });
}

/** One race for each length, the shortest first. */
function questionsOf(data: FormData): Question[] {
  const tiers = (data.getAll('tier') as Tier[]).reverse();
  const tier = tiers.find((name) => name === 'relaxed') ?? tiers[0];
  if (!tier) return [];
  const number = (name: string) => Number(data.get(name));
  const shared: Omit<Problem, 'L'> = {
    ...{ D: number('D'), order: number('order'), threads: number('threads') },
    ...{ tier, heads: 1, sigma: 0.5, isCausal: data.has('causal') },
  };
  const fastestFirst = [tier, ...tiers.filter((other) => other !== tier)];
  const questions: Question[] = [];
  for (let L = SHORTEST; L <= number('longest'); L *= 2)
    questions.push({ problem: { ...shared, L }, tiers: fastestFirst, peers: data.has('peers') });
  return questions;
}

/** Longer sequences take longer: how much of the work some races are. */
const weightOf = (questions: readonly Question[]) =>
  questions.reduce((total, { problem }) => total + problem.L, 0);

function show(races: readonly Race[]): void {
  const chart = elementOf('benchmark-chart', HTMLElement);
  const table = elementOf('benchmark-table', HTMLTableElement);
  // What is empty is no place for the keyboard to stop at.
  elementOf('benchmark-results', HTMLElement).hidden = races.length === 0;
  chart.hidden = races.length < 2;
  const rows = races.flatMap(raceRows).map(({ contender, L, time, gflops, hw2Speed, maxAbsError }) => {
    const cells = [
      formatCount(L),
      formatSeconds(time.value),
      formatRate(1e9 * gflops),
      hw2Speed ? `${formatRough(hw2Speed.value, 3)}×` : '–',
      formatError(maxAbsError),
    ];
    const name = element('th', { scope: 'row' }, contender);
    return element('tr', {}, name, ...cells.map((text) => element('td', {}, text)));
  });
  table.tBodies[0]!.replaceChildren(...rows);
  write(elementOf('benchmark-note', HTMLElement), remarks(races));
  chart.replaceChildren();
  if (races.length < 2) return;
  const picture = lineChart(
    timeChart(settings(races[0]!), races),
    document,
    chart.clientWidth < ROOM_FOR_NAMES,
  );
  picture.setAttribute('role', 'img');
  // One picture has one name; those that Plot gives to its parts say nothing.
  for (const part of picture.querySelectorAll('g[aria-label]')) part.removeAttribute('aria-label');
  chart.replaceChildren(picture);
}

/** What all races of a run have in common. */
function settings({ problem: { threads, D, order, isCausal } }: Race): string {
  return `D ${D}, order ${order}, ${formatCounted(threads, 'thread')}${isCausal ? ', causal' : ''}`;
}

function remarks(races: readonly Race[]): string {
  if (races.length === 0) return '';
  const absent = new Map(races.flatMap((race) => race.absent.map((one) => [one.contender, one.reason])));
  return [
    `Measured with ${settings(races[0]!)}; bands in the chart are 95 % intervals of the medians.`,
    'hw2 is: how many times as fast, at the same attention; of several tiers the first counts.',
    ...[...absent].map(([contender, reason]) => `${contender} did not run: ${reason}.`),
  ].join(' ');
}

/** As `hw2 bench` warns: times that scatter say more about the machine than about the code. */
function busyness(races: readonly Race[]): string {
  const scatter = Math.max(...races.map(raceSpread));
  if (scatter <= NOISY) return '';
  return ` Times scatter by up to ${formatPercent(scatter, 0)}: the machine was busy; ratios hold better than times.`;
}

function summary(race: Race): string {
  const rows = raceRows(race);
  const [exact, linear] = (['exact', 'taylor'] as const).map(
    (kind) => rows.find((row) => row.kind === kind)!,
  );
  return `At L = ${formatCount(race.problem.L)} exact attention computed ${formatRough(exact!.gflops, 3)} billion operations a second here. ${formatFaster(exact!.time.value / linear!.time.value)}.`;
}
