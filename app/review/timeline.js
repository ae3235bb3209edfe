// Lanes on one time axis: claims, measured cues, key-point confidence. Click seeks, drag loops a span, hovering tells.

import { clockTime, el } from "./dom.js";

const GUTTER = 84;
const RULER = 18;
const ROW = { claims: 15, cues: 8 };
const MOST_ROWS = { claims: 4, cues: 5 };
const CONFIDENCE = 30;
const GAP = 7;

/** Puts spans into rows so that none covers another; what does not fit into `most` rows goes into the last. */
function pack(spans, most) {
  const ends = [];
  return spans.map((span) => {
    let row = ends.findIndex((end) => end <= span.start_s + 1e-9);
    if (row < 0) row = ends.length < most ? ends.length : most - 1;
    ends[row] = Math.max(ends[row] ?? 0, span.end_s);
    return { ...span, row };
  });
}

export class Timeline {
  #canvas = el("canvas", { class: "timeline-canvas", "aria-hidden": "true" });
  #tip = el("div", { class: "tip", hidden: true });
  #slider = el("div", { class: "timeline-keys", role: "slider", tabindex: "0", "aria-label": "Position in the clip" });
  #clip = null;
  #claims = [];
  #cues = [];
  #revealed = false;
  #from = 0;
  #to = 1;
  #time = 0;
  #loop = null;
  #active = null;
  #drag = null;
  #request = 0;
  #resizing;

  /** `events` is {onSeek(time_s), onLoop({start_s, end_s} | null), onClaim(claim)}; `colourOf` maps a label to a colour. */
  constructor(colourOf, events) {
    this.colourOf = colourOf;
    this.events = events;
    this.root = el("div", { class: "timeline", "data-testid": "timeline" }, this.#canvas, this.#slider, this.#tip);
    const listen = (name, handler, options) => this.root.addEventListener(name, handler, options);
    listen("pointerdown", (event) => this.#down(event));
    listen("pointermove", (event) => this.#move(event));
    listen("pointerup", (event) => this.#up(event));
    listen("pointerleave", () => (this.#tip.hidden = true));
    listen("dblclick", () => this.events.onLoop(null));
    listen("wheel", (event) => this.#wheel(event), { passive: false });
    this.#resizing = new ResizeObserver(() => this.#later());
    this.#resizing.observe(this.root);
  }

  close() {
    cancelAnimationFrame(this.#request);
    this.#resizing.disconnect();
  }

  /** A new clip: its lanes of claims and cues stay shut until `reveal`. */
  show(clip) {
    this.#clip = clip;
    this.#revealed = false;
    this.#claims = [];
    this.#cues = [];
    this.#active = null;
    this.#from = 0;
    this.#to = Math.max(clip?.info.duration_s ?? 1, 0.1);
    this.#slider.setAttribute("aria-valuemin", "0");
    this.#slider.setAttribute("aria-valuemax", this.#to.toFixed(2));
    this.#later();
  }

  reveal(rationale) {
    this.#revealed = true;
    this.#claims = pack(rationale.pseudo_label?.claims ?? [], MOST_ROWS.claims);
    this.#cues = pack(rationale.cues, MOST_ROWS.cues);
    this.#later();
  }

  mark(claim) {
    this.#active = claim;
    this.#later();
  }

  move(time, loop) {
    this.#time = time;
    this.#loop = loop;
    this.#slider.setAttribute("aria-valuenow", time.toFixed(2));
    this.#slider.setAttribute("aria-valuetext", clockTime(time));
    this.#later();
  }

  refresh() {
    this.#later();
  }

  zoom(factor, around = this.#time) {
    const whole = this.#clip?.info.duration_s ?? 1;
    const span = Math.min(whole, Math.max(1, (this.#to - this.#from) / factor));
    const share = Math.min(Math.max((around - this.#from) / (this.#to - this.#from), 0), 1);
    this.#from = Math.min(Math.max(0, around - span * share), whole - span);
    this.#to = this.#from + span;
    this.#later();
  }

  #later() {
    if (this.#request) return;
    this.#request = requestAnimationFrame(() => {
      this.#request = 0;
      this.#paint();
    });
  }

  #lanes() {
    const rows = (spans) => Math.max(1, ...spans.map((span) => span.row + 1));
    const claims = this.#revealed ? rows(this.#claims) : 2;
    const cues = this.#revealed ? rows(this.#cues) : 3;
    const claimsTop = RULER + 4;
    const cuesTop = claimsTop + Math.max(claims, 2) * ROW.claims + GAP;
    const confidenceTop = cuesTop + Math.max(cues, 3) * ROW.cues + GAP;
    return { claimsTop, cuesTop, confidenceTop, height: confidenceTop + CONFIDENCE + 4 };
  }

  #x(time, width) {
    return GUTTER + ((time - this.#from) / (this.#to - this.#from)) * (width - GUTTER - 8);
  }

  #timeAt(x) {
    const width = this.root.clientWidth;
    const time = this.#from + ((x - GUTTER) / (width - GUTTER - 8)) * (this.#to - this.#from);
    return Math.min(Math.max(time, 0), this.#clip?.info.duration_s ?? 0);
  }

  #paint() {
    const lanes = this.#lanes();
    const width = this.root.clientWidth;
    const ratio = window.devicePixelRatio || 1;
    this.root.style.height = `${lanes.height}px`;
    this.#canvas.width = Math.round(width * ratio);
    this.#canvas.height = Math.round(lanes.height * ratio);
    const context = this.#canvas.getContext("2d");
    context.scale(ratio, ratio);
    const style = getComputedStyle(this.root);
    const ink = style.color;
    const faint = style.getPropertyValue("--line").trim();
    const dim = style.getPropertyValue("--dim").trim();
    const accent = style.getPropertyValue("--accent").trim();
    const font = style.fontFamily;
    const text = (words, x, y, colour = dim, size = 11) => {
      context.font = `${size}px ${font}`;
      context.fillStyle = colour;
      context.textBaseline = "middle";
      context.fillText(words, x, y);
    };
    context.clearRect(0, 0, width, lanes.height);
    if (!this.#clip) return;
    this.#ruler(context, width, lanes.height, faint, text);
    text("Claims", 10, lanes.claimsTop + 8);
    text("Cues", 10, lanes.cuesTop + 6);
    text("Key points", 10, lanes.confidenceTop + CONFIDENCE / 2);
    context.save();
    context.beginPath();
    context.rect(GUTTER, 0, width - GUTTER, lanes.height);
    context.clip();
    if (this.#loop) {
      context.fillStyle = accent;
      context.globalAlpha = 0.14;
      const [start, end] = [this.#x(this.#loop.start_s, width), this.#x(this.#loop.end_s, width)];
      context.fillRect(start, RULER, end - start, lanes.height - RULER);
      context.globalAlpha = 1;
    }
    if (this.#revealed) {
      for (const claim of this.#claims) this.#claimBar(context, claim, lanes, width, ink);
      for (const cue of this.#cues) {
        const x = this.#x(cue.start_s, width);
        const joined = this.#speaksOf(cue);
        context.globalAlpha = joined ? 1 : 0.35 + 0.55 * cue.strength;
        context.fillStyle = joined ? ink : dim;
        context.fillRect(x, lanes.cuesTop + cue.row * ROW.cues, Math.max(2, this.#x(cue.end_s, width) - x), ROW.cues - 2);
      }
      context.globalAlpha = 1;
    } else {
      this.#shut(context, lanes, width, faint);
      text("shown after your answer", GUTTER + 12, lanes.claimsTop + ROW.claims, dim);
    }
    this.#confidence(context, lanes, width, dim);
    const head = this.#x(this.#time, width);
    context.fillStyle = accent;
    context.fillRect(head - 0.75, RULER - 6, 1.5, lanes.height - RULER + 6);
    context.beginPath();
    context.moveTo(head - 5, RULER - 8);
    context.lineTo(head + 5, RULER - 8);
    context.lineTo(head, RULER - 1);
    context.fill();
    context.restore();
  }

  /** Whether a cue is what the active claim speaks of: the same name in the same seconds. */
  #speaksOf(cue) {
    const claim = this.#active;
    return Boolean(claim) && cue.name === claim.cue && cue.start_s < claim.end_s && cue.end_s > claim.start_s;
  }

  #ruler(context, width, height, faint, text) {
    const span = this.#to - this.#from;
    const steps = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600];
    const step = steps.find((one) => (one / span) * (width - GUTTER) >= 64) ?? 600;
    context.fillStyle = faint;
    for (let time = Math.ceil(this.#from / step) * step; time <= this.#to + 1e-6; time += step) {
      const x = this.#x(time, width);
      context.fillStyle = faint;
      context.fillRect(x, RULER, 1, height - RULER);
      if (x < width - 30) text(clockTime(time, step < 1 ? 1 : 0), x + 6, RULER / 2);
    }
  }

  #claimBar(context, claim, lanes, width, ink) {
    const x = this.#x(claim.start_s, width);
    const wide = Math.max(4, this.#x(claim.end_s, width) - x);
    const y = lanes.claimsTop + claim.row * ROW.claims;
    context.beginPath();
    context.roundRect(x, y, wide, ROW.claims - 3, 3);
    context.globalAlpha = claim.kept ? 0.4 + 0.6 * claim.weight : 0.15;
    context.fillStyle = this.colourOf(claim.speaks_for);
    context.fill();
    context.globalAlpha = 1;
    if (!claim.kept || claim.check === "contradicted") {
      context.strokeStyle = this.colourOf(claim.speaks_for);
      context.setLineDash(claim.kept ? [] : [3, 2]);
      context.lineWidth = 1;
      context.stroke();
      context.setLineDash([]);
    }
    if (claim.id === this.#active?.id) {
      context.strokeStyle = ink;
      context.lineWidth = 2;
      context.stroke();
    }
  }

  #shut(context, lanes, width, faint) {
    context.fillStyle = faint;
    context.globalAlpha = 0.45;
    context.fillRect(GUTTER, lanes.claimsTop, width - GUTTER - 8, lanes.confidenceTop - GAP - lanes.claimsTop);
    context.globalAlpha = 1;
  }

  /** Mean confidence of body, face and hands per bin of time, one strip each; empty where nothing was found. */
  #confidence(context, lanes, width, dim) {
    const bins = this.#clip?.confidence;
    if (!bins) return;
    const count = bins.length / 3;
    const duration = this.#clip.info.duration_s;
    const strip = CONFIDENCE / 3;
    context.fillStyle = dim;
    for (let bin = 0; bin < count; bin++) {
      const x = this.#x((bin / count) * duration, width);
      const wide = this.#x(((bin + 1) / count) * duration, width) - x + 0.5;
      if (x + wide < GUTTER || x > width) continue;
      for (let stream = 0; stream < 3; stream++) {
        const high = bins[bin * 3 + stream] * (strip - 1);
        context.globalAlpha = 0.3 + 0.25 * stream;
        context.fillRect(x, lanes.confidenceTop + (stream + 1) * strip - high, wide, high);
      }
    }
    context.globalAlpha = 1;
  }

  #under(event) {
    const bounds = this.root.getBoundingClientRect();
    const [x, y] = [event.clientX - bounds.left, event.clientY - bounds.top];
    const time = this.#timeAt(x);
    const slack = ((this.#to - this.#from) / this.root.clientWidth) * 3;
    const lanes = this.#lanes();
    const hit = (spans, top, row) =>
      spans.find(
        (span) => Math.floor((y - top) / row) === span.row && time >= span.start_s - slack && time <= span.end_s + slack,
      );
    const claim = hit(this.#claims, lanes.claimsTop, ROW.claims);
    const cue = claim ? undefined : hit(this.#cues, lanes.cuesTop, ROW.cues);
    return { x, y, time, claim, cue, inConfidence: y >= lanes.confidenceTop };
  }

  #down(event) {
    if (event.button !== 0 || !this.#clip) return;
    event.preventDefault(); // the focus stays where it was, so that the keys go on working
    const under = this.#under(event);
    if (under.x < GUTTER) return;
    this.root.setPointerCapture(event.pointerId);
    this.#drag = { x: under.x, time: under.time, moved: false };
  }

  #move(event) {
    if (!this.#clip) return;
    const under = this.#under(event);
    if (this.#drag) {
      if (Math.abs(under.x - this.#drag.x) > 4) this.#drag.moved = true;
      if (this.#drag.moved) {
        const [start_s, end_s] = [this.#drag.time, under.time].sort((a, b) => a - b);
        this.events.onLoop({ start_s, end_s });
      }
      return;
    }
    this.#showTip(under);
  }

  #up(event) {
    const drag = this.#drag;
    this.#drag = null;
    if (!drag || drag.moved) return;
    const under = this.#under(event);
    if (under.claim) this.events.onClaim(under.claim);
    else this.events.onSeek(under.time);
  }

  #wheel(event) {
    if (!this.#clip || !(event.ctrlKey || event.metaKey)) return; // a bare wheel scrolls the page as everywhere
    event.preventDefault();
    const bounds = this.root.getBoundingClientRect();
    this.zoom(event.deltaY < 0 ? 1.25 : 0.8, this.#timeAt(event.clientX - bounds.left));
  }

  #showTip({ x, time, claim, cue, inConfidence }) {
    if (x < GUTTER) {
      this.#tip.hidden = true;
      return;
    }
    let words = clockTime(time);
    if (claim) words = `${clockTime(claim.start_s)}–${clockTime(claim.end_s)}  ${claim.text}`;
    else if (cue) words = `${clockTime(cue.start_s)}–${clockTime(cue.end_s)}  ${cue.name} (strength ${cue.strength.toFixed(2)})`;
    else if (inConfidence && this.#clip.confidence) words = `${clockTime(time)}  ${this.#confidenceAt(time)}`;
    this.#tip.textContent = words;
    this.#tip.hidden = false;
    const most = this.root.clientWidth - this.#tip.offsetWidth - 8;
    this.#tip.style.left = `${Math.max(GUTTER, Math.min(x + 12, most))}px`;
  }

  #confidenceAt(time) {
    const bins = this.#clip.confidence;
    const count = bins.length / 3;
    const bin = Math.min(count - 1, Math.floor((time / this.#clip.info.duration_s) * count));
    return ["body", "face", "hands"].map((name, i) => `${name} ${bins[bin * 3 + i].toFixed(2)}`).join(", ");
  }
}
