// Lanes on one time axis: claims, measured cues, words, the model, key-point confidence. Click seeks, drag loops, hovering tells.

import { CHECKS } from "./checks.js";
import { button, clockTime, el } from "./dom.js";
import { confidenceAt, modelAt, pack, paintConfidence, paintModel, paintWords, speaksOf } from "./lanes.js";

const GUTTER = 84;
const RULER = 18;
const WHEREABOUTS = 3;
const ROW = { claims: 15, cues: 8 };
const MOST_ROWS = { claims: 4, cues: 5 };
const WORDS = 15;
const MODEL = 30;
const CONFIDENCE = 24;
const GAP = 6;
const LEAD = 0.1; // of the stretch shown: what is kept before the moment when it is moved along, and a step of the wheel

export class Timeline {
  #canvas = el("canvas", { class: "timeline-canvas", "aria-hidden": "true" });
  #tip = el("div", { class: "tip", hidden: true });
  #slider = el("div", {
    ...{ class: "timeline-keys", role: "slider", tabindex: "0", "aria-label": "Position in the clip" },
    ...{ "aria-valuemin": "0", "aria-valuemax": "0", "aria-valuenow": "0" },
  });
  #clip = null;
  #claims = [];
  #cues = [];
  #words = [];
  #model = null;
  #revealed = false;
  #from = 0;
  #to = 1;
  #time = 0;
  #loop = null;
  #active = null;
  #drag = null;
  #request = 0;
  #resizing;

  /** `events` is {onSeek(time_s), onLoop({start_s, end_s} | null), onLooped(), onClaim(claim)}; `labels` is {of(name): {title, colour}}. */
  constructor(labels, events) {
    this.labels = labels;
    this.events = events;
    const zoom = (face, title, keys, factor) => button({ keys, title, "aria-label": title, onclick: () => this.zoom(factor) }, face);
    const zooms = el("div", { class: "zoom" }, zoom("−", "Zoom the timeline out (-)", "-", 0.5), zoom("+", "Zoom the timeline in (+)", "+", 2));
    this.root = el("div", { class: "timeline", "data-testid": "timeline" }, this.#canvas, this.#slider, zooms, this.#tip);
    const listen = (name, handler, options) => this.root.addEventListener(name, handler, options);
    listen("pointerdown", (event) => this.#down(event));
    listen("pointermove", (event) => this.#move(event));
    listen("pointerup", (event) => this.#up(event));
    listen("pointerleave", () => (this.#tip.hidden = true));
    listen("focusin", () => this.#tellMoment());
    listen("dblclick", () => this.events.onLoop(null));
    listen("wheel", (event) => this.#wheel(event), { passive: false });
    this.#resizing = new ResizeObserver(() => this.#later());
    this.#resizing.observe(this.root);
  }

  close() {
    cancelAnimationFrame(this.#request);
    this.#resizing.disconnect();
  }

  /** A new clip: its lanes of claims, cues and the model stay shut until `reveal`. */
  show(clip) {
    this.#clip = clip;
    this.#revealed = false;
    this.#claims = [];
    this.#cues = [];
    this.#words = [];
    this.#model = null;
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
    this.#model = rationale.model ?? null;
    this.#later();
  }

  /** Sentences with times, [{start_s, end_s, text}]; those without stand beside the rationale alone. */
  say(sentences) {
    this.#words = sentences.filter(({ start_s, end_s }) => start_s !== null && end_s !== null);
    this.#later();
  }

  mark(claim) {
    this.#active = claim;
    this.#later();
  }

  move(time, loop) {
    const moved = time !== this.#time; // a drawing of the same moment leaves what somebody has moved along to
    this.#time = time;
    this.#loop = loop;
    this.#slider.setAttribute("aria-valuenow", time.toFixed(2));
    if (this.#slider.matches(":focus")) this.#tellMoment();
    if (moved && !this.#drag && (time < this.#from || time > this.#to)) this.#showFrom(time - LEAD * (this.#to - this.#from));
    this.#later();
  }

  get #whole() {
    return this.#clip?.info.duration_s ?? 1;
  }

  get #zoomed() {
    return this.#to - this.#from < this.#whole - 1e-6;
  }

  /** Moves the stretch that is shown, as wide as it is. */
  #showFrom(start) {
    const span = this.#to - this.#from;
    this.#from = Math.min(Math.max(0, start), Math.max(0, this.#whole - span));
    this.#to = this.#from + span;
    this.#later();
  }

  /** What the lanes show at this moment, in words, for those who hear the screen. */
  #tellMoment() {
    const [time, now] = [this.#time, ({ start_s, end_s }) => this.#time >= start_s && this.#time < end_s];
    const claims = this.#claims.filter(now).map(({ text, check }) => `claim, ${CHECKS[check][1]}: ${text}`);
    const cues = this.#cues.filter(now).map(({ name }) => `measured: ${name}`);
    const words = this.#words.filter(now).map(({ text }) => `said: ${text}`);
    const model = this.#model ? [modelAt(this.#model, time, this.labels)] : [];
    this.#slider.setAttribute("aria-valuetext", [clockTime(time), ...claims, ...cues, ...words, ...model].join("; "));
  }

  refresh() {
    this.#later();
  }

  zoom(factor, around = this.#time) {
    const span = Math.min(this.#whole, Math.max(1, (this.#to - this.#from) / factor));
    const share = Math.min(Math.max((around - this.#from) / (this.#to - this.#from), 0), 1);
    this.#to = this.#from + span;
    this.#showFrom(around - span * share);
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
    const wordsTop = cuesTop + Math.max(cues, 3) * ROW.cues + GAP;
    const modelTop = wordsTop + (this.#words.length ? WORDS + GAP : 0);
    const confidenceTop = modelTop + (this.#model ? MODEL + GAP : 0);
    return { claimsTop, cuesTop, wordsTop, modelTop, confidenceTop, height: confidenceTop + CONFIDENCE + 4 };
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
    if (this.#words.length) text("Words", 10, lanes.wordsTop + WORDS / 2);
    if (this.#model) {
      text("Model", 10, lanes.modelTop + 9);
      text(`run ${this.#model.run_id}`, 10, lanes.modelTop + 22, dim, 9.5);
    }
    text("Key points", 10, lanes.confidenceTop + CONFIDENCE / 2);
    context.save();
    context.beginPath();
    context.rect(GUTTER, 0, width - GUTTER, lanes.height);
    context.clip();
    if (this.#zoomed) this.#whereabouts(context, width, faint, accent);
    if (this.#loop) {
      context.fillStyle = accent;
      context.globalAlpha = 0.14;
      const [start, end] = [this.#x(this.#loop.start_s, width), this.#x(this.#loop.end_s, width)];
      context.fillRect(start, RULER, end - start, lanes.height - RULER);
      context.globalAlpha = 1;
    }
    if (this.#revealed) {
      for (const claim of this.#claims) this.#join(context, claim, lanes, width, { ink, dim });
      for (const claim of this.#claims) this.#claimBar(context, claim, lanes, width, { ink, font });
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
    const x = (time) => this.#x(time, width);
    const place = (top, height) => ({ top, height, left: GUTTER, right: width });
    const words = { sentences: this.#words, time: this.#time };
    paintWords(context, x, place(lanes.wordsTop, WORDS), words, { ink, dim, faint, font });
    if (this.#model) paintModel(context, x, place(lanes.modelTop, MODEL), this.#model, this.labels, { accent, faint, ink, paper: style.backgroundColor, font });
    paintConfidence(context, x, place(lanes.confidenceTop, CONFIDENCE), this.#clip, dim);
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

  #speaksOf(cue) {
    return Boolean(this.#active) && speaksOf(this.#active, cue);
  }

  /** From a claim down to the cues that it speaks of; where the key points say there was none, an empty bracket. */
  #join(context, claim, lanes, width, { ink, dim }) {
    const active = claim.id === this.#active?.id;
    const bottom = lanes.claimsTop + (claim.row + 1) * ROW.claims - 3;
    context.save();
    context.strokeStyle = active ? ink : dim;
    context.globalAlpha = active ? 0.9 : 0.3;
    context.lineWidth = active ? 1.5 : 1;
    if (claim.check === "contradicted") {
      const [start, end] = [this.#x(claim.start_s, width), Math.max(this.#x(claim.end_s, width), this.#x(claim.start_s, width) + 4)];
      const [top, low] = [lanes.cuesTop - 2, lanes.wordsTop - GAP];
      context.setLineDash([3, 3]);
      context.strokeRect(start, top, end - start, low - top);
      if (active) {
        context.setLineDash([]);
        context.beginPath();
        context.moveTo((start + end) / 2, bottom);
        context.lineTo((start + end) / 2, top);
        context.stroke();
      }
    } else if (claim.check === "supported") {
      for (const cue of this.#cues.filter((one) => speaksOf(claim, one))) {
        const from = this.#x((Math.max(claim.start_s, cue.start_s) + Math.min(claim.end_s, cue.end_s)) / 2, width);
        context.beginPath();
        context.moveTo(from, bottom);
        context.lineTo(from, lanes.cuesTop + cue.row * ROW.cues);
        context.stroke();
      }
    }
    context.restore();
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

  /** Above the ruler: which part of the whole clip is shown. */
  #whereabouts(context, width, faint, accent) {
    const wide = width - GUTTER - 8;
    context.fillStyle = faint;
    context.fillRect(GUTTER, 0, wide, WHEREABOUTS);
    context.fillStyle = accent;
    const shown = Math.max(6, ((this.#to - this.#from) / this.#whole) * wide);
    context.fillRect(GUTTER + (this.#from / this.#whole) * wide, 0, shown, WHEREABOUTS);
  }

  #claimBar(context, claim, lanes, width, { ink, font }) {
    const x = this.#x(claim.start_s, width);
    const wide = Math.max(4, this.#x(claim.end_s, width) - x);
    if (x + wide < GUTTER || x > width) return; // a zoomed timeline shows a part
    const y = lanes.claimsTop + claim.row * ROW.claims;
    const { colour, key } = this.labels.of(claim.speaks_for);
    const high = ROW.claims - 2;
    context.save();
    context.beginPath();
    context.roundRect(x, y, wide, high, 3);
    context.globalAlpha = claim.kept ? 0.2 + 0.4 * claim.weight : 0.08;
    context.fillStyle = colour;
    context.fill();
    context.globalAlpha = 1;
    context.strokeStyle = claim.id === this.#active?.id ? ink : colour;
    context.lineWidth = claim.id === this.#active?.id ? 2 : 1;
    context.setLineDash(claim.kept ? [] : [3, 2]);
    context.stroke();
    // The label's key and the sign of the check, so that nothing hangs on the colour alone.
    const sign = CHECKS[claim.check][0];
    context.font = `600 9.5px ${font}`;
    context.textBaseline = "middle";
    context.fillStyle = ink;
    const left = Math.max(x, GUTTER);
    const words = [`${key} ${sign}`, sign].find((one) => context.measureText(one).width <= x + wide - left - 5);
    if (words) context.fillText(words, left + 4, y + high / 2 + 0.5);
    context.restore();
  }

  #shut(context, lanes, width, faint) {
    context.fillStyle = faint;
    context.globalAlpha = 0.45;
    context.fillRect(GUTTER, lanes.claimsTop, width - GUTTER - 8, lanes.confidenceTop - GAP - lanes.claimsTop);
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
    const said = y >= lanes.wordsTop && y < lanes.wordsTop + WORDS && this.#words.find((one) => time >= one.start_s && time < one.end_s);
    const inModel = Boolean(this.#model) && y >= lanes.modelTop && y < lanes.confidenceTop;
    return { x, y, time, claim, cue, said, inModel, inConfidence: y >= lanes.confidenceTop };
  }

  #down(event) {
    if (event.button !== 0 || !this.#clip || event.target.closest("button")) return;
    event.preventDefault(); // the focus stays where it was, so that the keys go on working
    const under = this.#under(event);
    if (under.x < GUTTER) return;
    this.root.setPointerCapture(event.pointerId);
    const pans = under.y < RULER && this.#zoomed;
    this.#drag = { x: under.x, time: under.time, from: this.#from, pans, moved: false };
  }

  #move(event) {
    if (!this.#clip) return;
    const under = this.#under(event);
    if (this.#drag) {
      if (Math.abs(under.x - this.#drag.x) > 4) this.#drag.moved = true;
      if (this.#drag.moved && this.#drag.pans) {
        const perPx = (this.#to - this.#from) / (this.root.clientWidth - GUTTER - 8);
        this.#showFrom(this.#drag.from - (under.x - this.#drag.x) * perPx);
      } else if (this.#drag.moved) {
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
    if (!drag) return;
    if (drag.moved) {
      if (!drag.pans) this.events.onLooped();
      return;
    }
    const under = this.#under(event);
    if (under.claim) this.events.onClaim(under.claim);
    else this.events.onSeek(under.time);
  }

  #wheel(event) {
    if (!this.#clip) return;
    const sideways = event.shiftKey ? event.deltaX || event.deltaY : event.deltaX;
    if (!(event.ctrlKey || event.metaKey)) {
      if (!sideways || !this.#zoomed) return; // a bare wheel scrolls the page as everywhere
      event.preventDefault();
      this.#showFrom(this.#from + Math.sign(sideways) * LEAD * (this.#to - this.#from));
      return;
    }
    event.preventDefault();
    const bounds = this.root.getBoundingClientRect();
    this.zoom(event.deltaY < 0 ? 1.25 : 0.8, this.#timeAt(event.clientX - bounds.left));
  }

  #showTip({ x, time, claim, cue, said, inModel, inConfidence }) {
    if (x < GUTTER) {
      this.#tip.hidden = true;
      return;
    }
    let words = clockTime(time);
    if (claim) words = `${clockTime(claim.start_s)}–${clockTime(claim.end_s)}  ${claim.text}`;
    else if (cue) words = `${clockTime(cue.start_s)}–${clockTime(cue.end_s)}  ${cue.name} (strength ${cue.strength.toFixed(2)})`;
    else if (said) words = `${clockTime(said.start_s, 1)}–${clockTime(said.end_s, 1)}  ${said.text}`;
    else if (inModel) words = `${clockTime(time)}  ${modelAt(this.#model, time, this.labels)}`;
    else if (inConfidence && this.#clip.confidence) words = `${clockTime(time)}  ${confidenceAt(this.#clip, time)}`;
    this.#tip.textContent = words;
    this.#tip.hidden = false;
    const most = this.root.clientWidth - this.#tip.offsetWidth - 8;
    this.#tip.style.left = `${Math.max(GUTTER, Math.min(x + 12, most))}px`;
  }
}
