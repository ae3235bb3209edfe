// Paints the timeline: ruler, lanes, loop, current time.

import { CHECKS } from "../checks.js";
import { clockTime } from "../clock_time.js";
import { noCueBecause, shutBecause } from "./descriptions.js";
import { CLAIM_ROW, CONFIDENCE, GAP, layoutOf, MODEL, RULER, WORDS } from "./lanes.js";
import { paintCues, paintFamilyBands } from "./paint_cues.js";
import { paintConfidence, paintModel, paintWords } from "./paint_lanes.js";
import { speaksOf } from "./spans.js";
import { GUTTER, MARGIN } from "./time_axis.js";

/** @import { Claim, Labels } from "../types.d.ts" */
/** @import { Layout, TimelineContent } from "./lanes.js" */
/** @import { InRow } from "./spans.js" */
/** @import { TimeAxis } from "./time_axis.js" */

/**
 * The theme's colors and font.
 * @typedef {{ink: string, paper: string, faint: string, dim: string, accent: string, font: string}} Style
 */

const OVERVIEW = 3; // px: the strip that shows which part of the clip is on the screen
const TICK_STEPS_S = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600];
const LEAST_TICK_PX = 64;

/**
 * @typedef {object} Painting what every part of the painting needs
 * @property {CanvasRenderingContext2D} context
 * @property {number} width
 * @property {TimelineContent} content
 * @property {TimeAxis} axis
 * @property {Layout} layout
 * @property {Labels} labels
 * @property {Style} style
 * @property {(time: number) => number} x
 */

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} width
 * @param {TimelineContent} content
 * @param {TimeAxis} axis
 * @param {Labels} labels
 * @param {Style} style
 */
export function paintTimeline(context, width, content, axis, labels, style) {
  const layout = layoutOf(content);
  /** @param {number} time */
  const x = (time) => axis.xOf(time, width);
  /** @type {Painting} */
  const painting = { context, width, content, axis, layout, labels, style, x };
  const { accent, dim } = style;
  paintRuler(painting);
  paintNames(painting);
  paintFamilyBands(painting);
  context.save();
  context.beginPath();
  context.rect(GUTTER, 0, width - GUTTER, layout.height);
  context.clip();
  if (axis.zoomed) paintOverview(painting);
  if (content.loop) {
    context.fillStyle = accent;
    context.globalAlpha = 0.14;
    const [start, end] = [x(content.loop.start_s), x(content.loop.end_s)];
    context.fillRect(start, RULER, end - start, layout.height - RULER);
    context.globalAlpha = 1;
  }
  if (content.revealed) {
    for (const claim of content.claims) paintClaimLinks(painting, claim);
    for (const claim of content.claims) paintClaim(painting, claim);
    paintCues(painting);
    if (!content.rows.cues.length) write(painting, noCueBecause(content), GUTTER + 12, layout.cuesTop + 10);
  } else {
    paintShut(painting);
  }
  /** @type {(top: number, height: number) => import("./paint_lanes.js").Place} */
  const place = (top, height) => ({ top, height, left: GUTTER, right: width });
  paintWords(context, x, place(layout.wordsTop, WORDS), content.words, content.time, style);
  if (content.model)
    paintModel(context, x, place(layout.modelTop, MODEL), content.model, content.looked, labels, style);
  paintConfidence(context, x, place(layout.confidenceTop, CONFIDENCE), content.clip, dim);
  paintMoment(painting);
  context.restore();
}

/**
 * @param {Painting} painting
 * @param {string} words
 * @param {number} x
 * @param {number} y
 */
function write({ context, style }, words, x, y, size = 11) {
  context.font = `${size}px ${style.font}`;
  context.fillStyle = style.dim;
  context.textBaseline = "middle";
  context.fillText(words, x, y);
}

/** @param {Painting} painting */
function paintNames(painting) {
  const { layout, content } = painting;
  write(painting, "Claims", 10, layout.claimsTop + 8);
  for (const { title, first, count } of content.rows.families)
    write(
      painting,
      title,
      10,
      layout.cuesTop + (first + count / 2) * layout.cueRow,
      Math.min(11, layout.cueRow * count + 1),
    );
  if (content.words.length) write(painting, "Words", 10, layout.wordsTop + WORDS / 2);
  if (content.model) {
    write(painting, "Model", 10, layout.modelTop + 9);
    write(painting, `run ${content.model.run_id}`, 10, layout.modelTop + 22, 9.5);
  }
  write(painting, "Key points", 10, layout.confidenceTop + CONFIDENCE / 2);
}

/** @param {Painting} painting */
function paintRuler(painting) {
  const { context, width, axis, layout, style, x } = painting;
  const step = TICK_STEPS_S.find((one) => (one / axis.span) * (width - GUTTER) >= LEAST_TICK_PX) ?? 600;
  for (let time = Math.ceil(axis.from / step) * step; time <= axis.to + 1e-6; time += step) {
    const at = x(time);
    context.fillStyle = style.faint;
    context.fillRect(at, RULER, 1, layout.height - RULER);
    if (at < width - 30) write(painting, clockTime(time, step < 1 ? 1 : 0), at + 6, RULER / 2);
  }
}

/**
 * Above the ruler: which part of the whole clip is shown.
 * @param {Painting} painting
 */
function paintOverview({ context, width, axis, style }) {
  const wide = width - GUTTER - MARGIN;
  context.fillStyle = style.faint;
  context.fillRect(GUTTER, 0, wide, OVERVIEW);
  context.fillStyle = style.accent;
  const shown = Math.max(6, (axis.span / axis.whole) * wide);
  context.fillRect(GUTTER + (axis.from / axis.whole) * wide, 0, shown, OVERVIEW);
}

/**
 * Lines from a claim to the cues that it is about; an empty bracket where the key points contradict it.
 * @param {Painting} painting
 * @param {InRow<Claim>} claim
 */
function paintClaimLinks({ context, content, layout, style, x }, claim) {
  const active = claim.id === content.active?.id;
  const bottom = layout.claimsTop + (claim.row + 1) * CLAIM_ROW - 3;
  context.save();
  context.strokeStyle = active ? style.ink : style.dim;
  context.globalAlpha = active ? 0.9 : 0.3;
  context.lineWidth = active ? 1.5 : 1;
  if (claim.check === "contradicted") {
    const start = x(claim.start_s);
    const end = Math.max(x(claim.end_s), start + 4);
    const [top, low] = [layout.cuesTop - 2, layout.wordsTop - GAP];
    context.setLineDash([3, 3]);
    context.strokeRect(start, top, end - start, low - top);
    if (active) {
      context.setLineDash([]);
      paintLine(context, (start + end) / 2, bottom, top);
    }
  } else if (claim.check === "supported") {
    for (const cue of content.rows.cues.filter((one) => speaksOf(claim, one))) {
      const middle = (Math.max(claim.start_s, cue.start_s) + Math.min(claim.end_s, cue.end_s)) / 2;
      paintLine(context, x(middle), bottom, layout.cuesTop + cue.row * layout.cueRow);
    }
  }
  context.restore();
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} from
 * @param {number} to
 */
function paintLine(context, x, from, to) {
  context.beginPath();
  context.moveTo(x, from);
  context.lineTo(x, to);
  context.stroke();
}

/**
 * @param {Painting} painting
 * @param {InRow<Claim>} claim
 */
function paintClaim({ context, width, content, layout, labels, style, x }, claim) {
  const start = x(claim.start_s);
  const wide = Math.max(4, x(claim.end_s) - start);
  if (start + wide < GUTTER || start > width) return; // a zoomed timeline shows a part
  const y = layout.claimsTop + claim.row * CLAIM_ROW;
  const { color, key } = labels.of(claim.speaks_for);
  const high = CLAIM_ROW - 2;
  const active = claim.id === content.active?.id;
  context.save();
  context.beginPath();
  context.roundRect(start, y, wide, high, 3);
  context.globalAlpha = claim.kept ? 0.2 + 0.4 * claim.weight : 0.08;
  context.fillStyle = color;
  context.fill();
  context.globalAlpha = 1;
  context.strokeStyle = active ? style.ink : color;
  context.lineWidth = active ? 2 : 1;
  context.setLineDash(claim.kept ? [] : [3, 2]);
  context.stroke();
  // The label's key and the sign of the check, so that nothing depends on color alone.
  const sign = claim.kept ? CHECKS[claim.check][0] : "";
  context.font = `600 9.5px ${style.font}`;
  context.textBaseline = "middle";
  context.fillStyle = style.ink;
  const left = Math.max(start, GUTTER);
  const words = (claim.kept ? [`${key} ${sign}`, sign] : [key]).find(
    (one) => context.measureText(one).width <= start + wide - left - 5,
  );
  if (words) context.fillText(words, left + 4, y + high / 2 + 0.5);
  context.restore();
}

/**
 * A placeholder for lanes that may not be shown yet.
 * @param {Painting} painting
 */
function paintShut(painting) {
  const { context, width, content, layout, style } = painting;
  context.fillStyle = style.faint;
  context.globalAlpha = 0.45;
  const bottom = layout.confidenceTop - GAP;
  context.fillRect(GUTTER, layout.claimsTop, width - GUTTER - MARGIN, bottom - layout.claimsTop);
  context.globalAlpha = 1;
  write(painting, shutBecause(content.clip.info), GUTTER + 12, layout.claimsTop + CLAIM_ROW);
}

/** @param {Painting} painting */
function paintMoment({ context, content, layout, style, x }) {
  const head = x(content.time);
  context.fillStyle = style.accent;
  context.fillRect(head - 0.75, RULER - 6, 1.5, layout.height - RULER + 6);
  context.beginPath();
  context.moveTo(head - 5, RULER - 8);
  context.lineTo(head + 5, RULER - 8);
  context.lineTo(head, RULER - 1);
  context.fill();
}
