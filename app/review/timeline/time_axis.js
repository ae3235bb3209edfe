// Which stretch of a clip the timeline shows, and where a time lies on it in px and back. `width` is that of the timeline.

export const GUTTER = 84; // px at the left for the names of the lanes
export const MARGIN = 8; // px at the right
const LEAST_SPAN_S = 0.1;
const CLOSEST_SPAN_S = 1; // zoomed in as far as it goes
const LEAD = 0.1; // of the stretch shown: kept before the moment when the stretch moves along, and a step of the wheel

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
   * The time under a place, within the clip.
   * @param {number} x
   * @param {number} width
   */
  timeAt(x, width) {
    const time = this.from + ((x - GUTTER) / lengthOf(width)) * this.span;
    return Math.min(Math.max(time, 0), this.whole);
  }

  /**
   * Moves the stretch that is shown, as wide as it is, to begin at `start` or as near to it as the clip allows.
   * @param {number} start
   */
  showFrom(start) {
    const span = this.span;
    this.from = Math.min(Math.max(0, start), Math.max(0, this.whole - span));
    this.to = this.from + span;
  }

  /**
   * Brings a moment into the stretch that is shown; leaves the stretch where it is if the moment is in it.
   * @param {number} time
   */
  follow(time) {
    if (time < this.from || time > this.to) this.showFrom(time - LEAD * this.span);
  }

  /**
   * Moves along by one step of the wheel.
   * @param {number} direction
   */
  turn(direction) {
    this.showFrom(this.from + Math.sign(direction) * LEAD * this.span);
  }

  /**
   * As `x` px of a hand that drags the stretch, which began at `from` when the hand took it.
   * @param {number} from
   * @param {number} x how far the hand has moved
   * @param {number} width
   */
  drag(from, x, width) {
    this.showFrom(from - (x * this.span) / lengthOf(width));
  }

  /**
   * Shows a stretch `factor` times as short, in which `around` keeps its place.
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
