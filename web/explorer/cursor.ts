/** A cell that is pointed at, in all matrices at once: by the pointer, or by the arrow keys. */
export class Cursor {
  /** Cells to a side. */
  #cells = 0;
  #row = 0;
  #column = 0;
  readonly #group: HTMLElement;
  readonly #onMove: (row: number, column: number) => void;

  /** @param group holds the canvases, each in an element of class `map` that shows the mark */
  constructor(group: HTMLElement, onMove: (row: number, column: number) => void) {
    this.#group = group;
    this.#onMove = onMove;
    group.tabIndex = 0;
    const point = ({ target, offsetX, offsetY }: PointerEvent) => {
      if (!(target instanceof HTMLCanvasElement) || this.#cells === 0) return;
      const at = (offset: number, size: number) => Math.floor((offset / size) * this.#cells);
      this.#moveTo(at(offsetY, target.clientHeight), at(offsetX, target.clientWidth));
    };
    group.addEventListener('pointermove', point);
    // A finger that taps does not move.
    group.addEventListener('pointerdown', point);
    group.addEventListener('keydown', (event) => {
      const moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
      const move = (moves as Record<string, number[]>)[event.key];
      if (!move || this.#cells === 0) return;
      event.preventDefault();
      this.#moveTo(this.#row + move[0]!, this.#column + move[1]!);
    });
  }

  /** New matrices: the cell that is pointed at stays where it is, as far as it exists. */
  resize(cells: number): void {
    this.#cells = cells;
    if (this.#group.dataset.pointed !== undefined) this.#moveTo(this.#row, this.#column);
  }

  #moveTo(row: number, column: number): void {
    const clamp = (index: number) => Math.max(0, Math.min(this.#cells - 1, index));
    this.#row = clamp(row);
    this.#column = clamp(column);
    this.#group.dataset.pointed = '';
    const { style } = this.#group;
    style.setProperty('--row', String(this.#row / this.#cells));
    style.setProperty('--column', String(this.#column / this.#cells));
    style.setProperty('--cell', String(1 / this.#cells));
    this.#onMove(this.#row, this.#column);
  }
}
