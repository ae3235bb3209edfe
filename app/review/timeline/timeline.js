// The timeline below the picture: a click seeks, a drag marks a loop, hovering shows a tooltip. Content is in lanes.js,
// its range in time_axis.js, its look in paint.js.

import { clockTime } from "../clock_time.js";
import { el } from "../elements.js";
import { lookedMost } from "./attention.js";
import { filtered } from "./cue_filter.js";
import { CueFilterPanel } from "./cue_filter_panel.js";
import { CueList } from "./cue_list.js";
import { cueRows } from "./cue_rows.js";
import { describeMoment, tipFor } from "./descriptions.js";
import { hitTest } from "./hit_test.js";
import { cueRoom, layoutOf, MOST_CLAIM_ROWS, RULER } from "./lanes.js";
import { paintTimeline } from "./paint.js";
import { pack } from "./spans.js";
import { GUTTER, MARGIN, TimeAxis } from "./time_axis.js";

/** @import { KeyButtons } from "../keyboard/key_buttons.js" */
/** @import { Claim, CueFamily, Labels, LoadedClip, Loop, Rationale, Sentence, Span } from "../types.d.ts" */
/** @import { RememberedFilter } from "./cue_filter.js" */
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

const USUAL_REM_PX = 15;
const DRAG_PX = 4; // a shorter drag is a click
const WHEEL_ZOOM = 1.25;

export class Timeline {
  #labels;
  #families;
  #filter;
  #events;
  #panel;
  #list = new CueList();
  #stop = new AbortController();
  #lanes;
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
   * @param {CueFamily[]} families
   * @param {RememberedFilter} filter
   * @param {KeyButtons} buttons
   * @param {TimelineEvents} events
   */
  constructor(labels, families, filter, buttons, events) {
    this.#labels = labels;
    this.#families = families;
    this.#filter = filter;
    this.#events = events;
    /** @type {(face: string, title: string, factor: number) => HTMLButtonElement} */
    const zoom = (face, title, factor) =>
      buttons.make(["zoom", factor], { title, onclick: () => this.zoom(factor) }, face);
    const zooms = el(
      "div",
      { class: "zoom" },
      zoom("−", "Zoom the timeline out", 0.5),
      zoom("+", "Zoom the timeline in", 2),
    );
    const attributes = { class: "timeline", "data-testid": "timeline" };
    this.#lanes = el("div", attributes, this.#canvas, this.#slider, zooms, this.#tip);
    this.#panel = new CueFilterPanel(families, filter.value, (changes) => {
      filter.change(changes);
      this.#fill();
    });
    this.root = el("div", { class: "timeline-box" }, this.#lanes, this.#panel.root, this.#list.root);
    this.#lanes.addEventListener("pointerdown", (event) => this.#down(event));
    this.#lanes.addEventListener("pointermove", (event) => this.#move(event));
    this.#lanes.addEventListener("pointerup", (event) => this.#up(event));
    this.#lanes.addEventListener("pointerleave", () => this.#hideTip());
    this.#lanes.addEventListener("focusin", () => this.#tellMoment());
    this.#lanes.addEventListener("dblclick", () => this.#events.onLoop(null));
    this.#lanes.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    this.#resizing = new ResizeObserver(() => this.refresh());
    this.#resizing.observe(this.#lanes);
    window.addEventListener("resize", () => this.refresh(), { signal: this.#stop.signal }); // its height sets the rows'
  }

  close() {
    cancelAnimationFrame(this.#request);
    this.#resizing.disconnect();
    this.#stop.abort();
    this.#panel.close();
  }

  /**
   * Shows a new clip; the lanes of claims, cues and model are hidden until `reveal`.
   * @param {LoadedClip | null} clip
   */
  show(clip) {
    const { time, loop } = this.#content ?? { time: 0, loop: null };
    const lanes = { claims: [], cues: [], rows: cueRows([], []), words: [], model: null, looked: [] };
    const measuring = { measured: false, notMeasurable: "" };
    const state = { revealed: false, active: null, room: cueRoom(window.innerHeight / this.#scale) };
    this.#content = clip && { clip, ...lanes, ...measuring, ...state, time, loop };
    this.#axis = new TimeAxis(clip?.info.duration_s ?? 1);
    this.#slider.setAttribute("aria-valuemin", "0");
    this.#slider.setAttribute("aria-valuemax", this.#axis.to.toFixed(2));
    this.#fill();
  }

  /** @param {Rationale} rationale */
  reveal(rationale) {
    if (!this.#content) return;
    this.#content.revealed = true;
    this.#content.measured = rationale.measured;
    this.#content.notMeasurable = rationale.not_measurable;
    this.#content.claims = pack(rationale.pseudo_label?.claims ?? [], MOST_CLAIM_ROWS);
    this.#content.cues = rationale.cues;
    this.#content.model = rationale.model;
    this.#content.looked = rationale.model ? lookedMost(rationale.model, this.#content.clip.info.duration_s) : [];
    this.#fill();
  }

  /** Puts the cues that pass the filter into their rows, and says below how many do and where the run looked. */
  #fill() {
    const content = this.#content;
    if (content) {
      const { hidden } = this.#filter.value;
      const shown = filtered(content.cues, this.#filter.value, content.claims);
      content.rows = cueRows(
        shown,
        this.#families.filter(({ name }) => !hidden.includes(name)),
      );
      this.#list.show(content.rows);
      this.#panel.tellCount(shown.length, content.cues.length, content.revealed);
      this.#panel.tellAttention(content.model, content.clip.info.duration_s);
    }
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

  /** How much larger than usual letters are; all sizes of the lanes are px at the usual size. */
  get #scale() {
    return Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / USUAL_REM_PX;
  }

  get #width() {
    return this.#lanes.clientWidth / this.#scale;
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
    const scale = this.#scale;
    const width = this.#width;
    const room = cueRoom(window.innerHeight / scale);
    if (this.#content) this.#content.room = room;
    const nothing = { claims: [], rows: cueRows([], this.#families), room, words: [], model: null };
    const { height } = layoutOf(this.#content ?? nothing);
    const ratio = (window.devicePixelRatio || 1) * scale;
    this.#lanes.style.height = `${height * scale}px`;
    this.#canvas.width = Math.round(width * ratio);
    this.#canvas.height = Math.round(height * ratio);
    const context = this.#canvas.getContext("2d");
    if (!context || !this.#content) return;
    context.scale(ratio, ratio);
    const computed = getComputedStyle(this.#lanes);
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
    const bounds = this.#lanes.getBoundingClientRect();
    const place = { x: (event.clientX - bounds.left) / this.#scale, y: (event.clientY - bounds.top) / this.#scale };
    return hitTest(place, content, this.#axis, this.#width);
  }

  /** @param {PointerEvent} event */
  #down(event) {
    const onButton = event.target instanceof Element && event.target.closest("button");
    if (event.button !== 0 || !this.#content || onButton) return;
    event.preventDefault(); // keeps the focus, so that keys still work
    const { x, y, time } = this.#under(event, this.#content);
    if (x < GUTTER) return;
    this.#lanes.setPointerCapture(event.pointerId);
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
      this.#axis.drag(drag.from, under.x - drag.x, this.#width);
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
      const x = (event.clientX - this.#lanes.getBoundingClientRect().left) / this.#scale;
      const around = this.#axis.timeAt(x, this.#width);
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
    const most = this.#width - this.#tip.offsetWidth / this.#scale - MARGIN;
    this.#tip.style.left = `${Math.max(GUTTER, Math.min(hit.x + 12, most)) * this.#scale}px`;
  }

  #hideTip() {
    this.#tip.hidden = true;
  }
}
