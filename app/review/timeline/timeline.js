// The timeline below the picture: a click seeks, a drag marks a loop, hovering shows a tooltip. Content is in lanes.js,
// its range in time_axis.js, its look in paint.js.

import { clockTime } from "../clock_time.js";
import { button, el } from "../elements.js";
import { describeMoment, tipFor } from "./descriptions.js";
import { hitTest } from "./hit_test.js";
import { layoutOf, MOST_ROWS, pack, RULER } from "./lanes.js";
import { paintTimeline } from "./paint.js";
import { GUTTER, MARGIN, TimeAxis } from "./time_axis.js";

/** @import { Claim, Labels, LoadedClip, Loop, Rationale, Sentence, Span } from "../types.d.ts" */
/** @import { Hit } from "./hit_test.js" */
/** @import { TimelineContent } from "./lanes.js" */

/**
 * Events of the timeline.
 * @typedef {object} TimelineEvents
 * @property {(time_s: number) => void} onSeek
 * @property {(span: Span | null) => void} onLoop a span is being marked, or the mark was removed
 * @property {() => void} onLooped the drag of a span has ended
 * @property {(claim: Claim) => void} onClaim
 */

const DRAG_PX = 4; // a shorter drag is a click
const WHEEL_ZOOM = 1.25;

export class Timeline {
  #labels;
  #events;
  #canvas = el("canvas", { class: "timeline-canvas", "aria-hidden": "true" });
  #tip = el("div", { class: "tip", hidden: true });
  #slider = el("div", {
    ...{ class: "timeline-keys", role: "slider", tabindex: "0", "aria-label": "Position in the clip" },
    ...{ "aria-valuemin": "0", "aria-valuemax": "0", "aria-valuenow": "0" },
  });
  /** @type {TimelineContent | null} */
  #content = null;
  #axis = new TimeAxis(1);
  /** @type {{x: number, time: number, from: number, pans: boolean, moved: boolean} | null} */
  #drag = null;
  #request = 0;
  #resizing;

  /**
   * @param {Labels} labels
   * @param {TimelineEvents} events
   */
  constructor(labels, events) {
    this.#labels = labels;
    this.#events = events;
    /** @type {(face: string, title: string, keys: string, factor: number) => HTMLButtonElement} */
    const zoom = (face, title, keys, factor) =>
      button({ keys, title, "aria-label": title, onclick: () => this.zoom(factor) }, face);
    const zooms = el(
      "div",
      { class: "zoom" },
      zoom("−", "Zoom the timeline out (-)", "-", 0.5),
      zoom("+", "Zoom the timeline in (+)", "+", 2),
    );
    const attributes = { class: "timeline", "data-testid": "timeline" };
    this.root = el("div", attributes, this.#canvas, this.#slider, zooms, this.#tip);
    this.root.addEventListener("pointerdown", (event) => this.#down(event));
    this.root.addEventListener("pointermove", (event) => this.#move(event));
    this.root.addEventListener("pointerup", (event) => this.#up(event));
    this.root.addEventListener("pointerleave", () => this.#hideTip());
    this.root.addEventListener("focusin", () => this.#tellMoment());
    this.root.addEventListener("dblclick", () => this.#events.onLoop(null));
    this.root.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    this.#resizing = new ResizeObserver(() => this.refresh());
    this.#resizing.observe(this.root);
  }

  close() {
    cancelAnimationFrame(this.#request);
    this.#resizing.disconnect();
  }

  /**
   * Shows a new clip; the lanes of claims, cues and model are hidden until `reveal`.
   * @param {LoadedClip | null} clip
   */
  show(clip) {
    const { time, loop } = this.#content ?? { time: 0, loop: null };
    const lanes = { revealed: false, claims: [], cues: [], words: [], model: null, active: null };
    this.#content = clip && { clip, ...lanes, time, loop };
    this.#axis = new TimeAxis(clip?.info.duration_s ?? 1);
    this.#slider.setAttribute("aria-valuemin", "0");
    this.#slider.setAttribute("aria-valuemax", this.#axis.to.toFixed(2));
    this.refresh();
  }

  /** @param {Rationale} rationale */
  reveal(rationale) {
    if (!this.#content) return;
    this.#content.revealed = true;
    this.#content.claims = pack(rationale.pseudo_label?.claims ?? [], MOST_ROWS.claims);
    this.#content.cues = pack(rationale.cues, MOST_ROWS.cues);
    this.#content.model = rationale.model ?? null;
    this.refresh();
  }

  /**
   * Sets the transcript; sentences without times are only shown beside the rationale.
   * @param {Sentence[]} sentences
   */
  say(sentences) {
    if (!this.#content) return;
    this.#content.words = sentences.flatMap(({ start_s, end_s, text }) =>
      start_s === null || end_s === null ? [] : [{ start_s, end_s, text }],
    );
    this.refresh();
  }

  /** @param {Claim | null} claim */
  mark(claim) {
    if (!this.#content) return;
    this.#content.active = claim;
    this.refresh();
  }

  /**
   * @param {number} time
   * @param {Loop | null} loop
   */
  move(time, loop) {
    this.#slider.setAttribute("aria-valuenow", time.toFixed(2));
    if (!this.#content) return;
    const moved = time !== this.#content.time; // if the time is unchanged, the range stays where the user has put it
    this.#content.time = time;
    this.#content.loop = loop;
    if (this.#slider.matches(":focus")) this.#tellMoment();
    if (moved && !this.#drag) this.#axis.follow(time);
    this.refresh();
  }

  /** @param {number} factor */
  zoom(factor, around = this.#content?.time ?? 0) {
    this.#axis.zoom(factor, around);
    this.refresh();
  }

  /** Repaints before the next frame of the screen. */
  refresh() {
    if (this.#request) return;
    this.#request = requestAnimationFrame(() => {
      this.#request = 0;
      this.#paint();
    });
  }

  #tellMoment() {
    const words = this.#content ? describeMoment(this.#content, this.#labels) : clockTime(0);
    this.#slider.setAttribute("aria-valuetext", words);
  }

  #paint() {
    const { clientWidth: width } = this.root;
    const { height } = layoutOf(this.#content ?? { claims: [], cues: [], words: [], model: null });
    const ratio = window.devicePixelRatio || 1;
    this.root.style.height = `${height}px`;
    this.#canvas.width = Math.round(width * ratio);
    this.#canvas.height = Math.round(height * ratio);
    const context = this.#canvas.getContext("2d");
    if (!context || !this.#content) return;
    context.scale(ratio, ratio);
    const computed = getComputedStyle(this.root);
    const style = {
      ink: computed.color,
      paper: computed.backgroundColor,
      faint: computed.getPropertyValue("--line").trim(),
      dim: computed.getPropertyValue("--dim").trim(),
      accent: computed.getPropertyValue("--accent").trim(),
      font: computed.fontFamily,
    };
    paintTimeline(context, width, this.#content, this.#axis, this.#labels, style);
  }

  /**
   * @param {PointerEvent} event
   * @param {TimelineContent} content
   */
  #under(event, content) {
    const bounds = this.root.getBoundingClientRect();
    const place = { x: event.clientX - bounds.left, y: event.clientY - bounds.top };
    return hitTest(place, content, this.#axis, this.root.clientWidth);
  }

  /** @param {PointerEvent} event */
  #down(event) {
    const onButton = event.target instanceof Element && event.target.closest("button");
    if (event.button !== 0 || !this.#content || onButton) return;
    event.preventDefault(); // keeps the focus, so that keys still work
    const { x, y, time } = this.#under(event, this.#content);
    if (x < GUTTER) return;
    this.root.setPointerCapture(event.pointerId);
    this.#drag = { x, time, from: this.#axis.from, pans: y < RULER && this.#axis.zoomed, moved: false };
  }

  /** @param {PointerEvent} event */
  #move(event) {
    if (!this.#content) return;
    const under = this.#under(event, this.#content);
    const drag = this.#drag;
    if (!drag) {
      this.#showTip(under, this.#content);
      return;
    }
    if (Math.abs(under.x - drag.x) > DRAG_PX) drag.moved = true;
    if (!drag.moved) return;
    if (drag.pans) {
      this.#axis.drag(drag.from, under.x - drag.x, this.root.clientWidth);
      this.refresh();
    } else {
      this.#events.onLoop({ start_s: Math.min(drag.time, under.time), end_s: Math.max(drag.time, under.time) });
    }
  }

  /** @param {PointerEvent} event */
  #up(event) {
    const drag = this.#drag;
    this.#drag = null;
    if (!drag || !this.#content) return;
    if (drag.moved) {
      if (!drag.pans) this.#events.onLooped();
      return;
    }
    const { claim, time } = this.#under(event, this.#content);
    if (claim) this.#events.onClaim(claim);
    else this.#events.onSeek(time);
  }

  /** @param {WheelEvent} event */
  #wheel(event) {
    if (!this.#content) return;
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      const x = event.clientX - this.root.getBoundingClientRect().left;
      const around = this.#axis.timeAt(x, this.root.clientWidth);
      this.zoom(event.deltaY < 0 ? WHEEL_ZOOM : 1 / WHEEL_ZOOM, around);
      return;
    }
    const sideways = event.shiftKey ? event.deltaX || event.deltaY : event.deltaX;
    if (!sideways || !this.#axis.zoomed) return; // the plain wheel scrolls the page
    event.preventDefault();
    this.#axis.turn(sideways);
    this.refresh();
  }

  /**
   * @param {Hit} hit
   * @param {TimelineContent} content
   */
  #showTip(hit, content) {
    if (hit.x < GUTTER) {
      this.#hideTip();
      return;
    }
    this.#tip.textContent = tipFor(hit, content, this.#labels);
    this.#tip.hidden = false;
    const most = this.root.clientWidth - this.#tip.offsetWidth - MARGIN;
    this.#tip.style.left = `${Math.max(GUTTER, Math.min(hit.x + 12, most))}px`;
  }

  #hideTip() {
    this.#tip.hidden = true;
  }
}
