// The visible range of the timeline, and conversion between times and px. `width` is that of the timeline.

export const GUTTER = 84; // px at the left for the names of the lanes
export const MARGIN = 8; // px at the right
const LEAST_SPAN_S = 0.1;
const CLOSEST_SPAN_S = 1; // visible range at the highest zoom
const LEAD = 0.1; // share of the visible range that is kept before the current time; also one step of the wheel

export class TimeAxis {
  from = 0;
  to;

  /** @param {number} duration of the whole clip in seconds */
  constructor(duration) {
    this.whole = duration;
    this.to = Math.max(duration, LEAST_SPAN_S);
  }

  get span() {
    return this.to - this.from;
  }

  /** Whether a part of the clip is shown rather than all of it. */
  get zoomed() {
    return this.span < this.whole - 1e-6;
  }

  /**
   * @param {number} time
   * @param {number} width
   */
  xOf(time, width) {
    return GUTTER + ((time - this.from) / this.span) * lengthOf(width);
  }

  /**
   * The time at a position, within the clip.
   * @param {number} x
   * @param {number} width
   */
  timeAt(x, width) {
    const time = this.from + ((x - GUTTER) / lengthOf(width)) * this.span;
    return Math.min(Math.max(time, 0), this.whole);
  }

  /**
   * Moves the visible range to begin at `start`, or as near to it as the clip allows.
   * @param {number} start
   */
  showFrom(start) {
    const span = this.span;
    this.from = Math.min(Math.max(0, start), Math.max(0, this.whole - span));
    this.to = this.from + span;
  }

  /**
   * Moves the visible range to contain a time, if it does not.
   * @param {number} time
   */
  follow(time) {
    if (time < this.from || time > this.to) this.showFrom(time - LEAD * this.span);
  }

  /**
   * Scrolls by one step of the wheel.
   * @param {number} direction
   */
  turn(direction) {
    this.showFrom(this.from + Math.sign(direction) * LEAD * this.span);
  }

  /**
   * Drags the visible range by `x` px; it began at `from` when the drag started.
   * @param {number} from
   * @param {number} x distance of the drag in px
   * @param {number} width
   */
  drag(from, x, width) {
    this.showFrom(from - (x * this.span) / lengthOf(width));
  }

  /**
   * Zooms in by `factor`; the time `around` keeps its position.
   * @param {number} factor
   * @param {number} around
   */
  zoom(factor, around) {
    const span = Math.min(this.whole, Math.max(CLOSEST_SPAN_S, this.span / factor));
    const share = Math.min(Math.max((around - this.from) / this.span, 0), 1);
    this.to = this.from + span;
    this.showFrom(around - span * share);
  }
}

/** @param {number} width */
function lengthOf(width) {
  return width - GUTTER - MARGIN;
}
