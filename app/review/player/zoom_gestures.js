// Zooming and moving the picture by hand: wheel, two fingers, dragging. A press that does not move is a click, which plays.

const WHEEL_PX = 400; // of the wheel for e times closer
const PINCH_WHEEL_PX = 100; // a trackpad's pinch comes as a wheel with Ctrl, in smaller steps
const LINE_PX = 33; // a wheel that tells lines
const CLICK_PX = 4; // a press that moves less is a click

/** @typedef {{x: number, y: number}} Place px of the window */

export class ZoomGestures {
  #stage;
  #onZoom;
  #isZoomed;
  /** @type {Map<number, Place>} by pointer */
  #down = new Map();
  #moved = false;

  /**
   * @param {HTMLElement} stage
   * @param {(change: number, place: Place, moved?: Place) => boolean} onZoom tells whether the view has changed
   * @param {() => boolean} isZoomed whether there is anything to move
   */
  constructor(stage, onZoom, isZoomed) {
    this.#stage = stage;
    this.#onZoom = onZoom;
    this.#isZoomed = isZoomed;
    stage.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    stage.addEventListener("pointerdown", (event) => this.#press(event));
    stage.addEventListener("pointermove", (event) => this.#move(event));
    for (const end of /** @type {const} */ (["pointerup", "pointercancel"]))
      stage.addEventListener(end, (event) => this.#down.delete(event.pointerId));
    stage.addEventListener("click", (event) => this.#moved && event.stopImmediatePropagation(), { capture: true });
  }

  /** Where the view does not change, because all of the picture is shown, the wheel scrolls the page. @param {WheelEvent} event */
  #wheel(event) {
    const px = event.deltaY * (event.deltaMode === WheelEvent.DOM_DELTA_LINE ? LINE_PX : 1);
    const change = Math.exp(-px / (event.ctrlKey ? PINCH_WHEEL_PX : WHEEL_PX));
    if (this.#onZoom(change, placeOf(event)) || event.ctrlKey) event.preventDefault();
  }

  /** @param {PointerEvent} event */
  #press(event) {
    if (event.button !== 0) return;
    if (this.#down.size === 0) this.#moved = false;
    this.#down.set(event.pointerId, placeOf(event));
  }

  /** @param {PointerEvent} event */
  #move(event) {
    const from = this.#down.get(event.pointerId);
    if (!from) return;
    const to = placeOf(event);
    const others = [...this.#down].filter(([id]) => id !== event.pointerId).map(([, place]) => place);
    if (others.length === 0 && !this.#isZoomed()) return;
    if (!this.#moved && others.length === 0 && Math.hypot(to.x - from.x, to.y - from.y) < CLICK_PX) return;
    this.#moved = true;
    this.#stage.setPointerCapture(event.pointerId);
    this.#down.set(event.pointerId, to);
    const other = others[0];
    if (!other) this.#onZoom(1, to, { x: to.x - from.x, y: to.y - from.y });
    else this.#pinch(from, to, other);
  }

  /**
   * One of two fingers has moved: closer by how much farther apart they are, and along with their middle.
   * @param {Place} from
   * @param {Place} to
   * @param {Place} other
   */
  #pinch(from, to, other) {
    const [before, after] = [from, to].map(({ x, y }) => Math.max(1, Math.hypot(x - other.x, y - other.y)));
    const middle = { x: (to.x + other.x) / 2, y: (to.y + other.y) / 2 };
    this.#onZoom(after / before, middle, { x: (to.x - from.x) / 2, y: (to.y - from.y) / 2 });
  }
}

/** @param {MouseEvent} event */
function placeOf({ clientX, clientY }) {
  return { x: clientX, y: clientY };
}
