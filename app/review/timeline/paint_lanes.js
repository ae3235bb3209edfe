// Paints the lanes of words, model and key-point confidence; `x(time)` converts a time to px.

/** @import { Labels, LoadedClip, ModelTimeline, Span, TimedSentence } from "../types.d.ts" */
/** @import { Style } from "./paint.js" */

/** @typedef {{top: number, height: number, left: number, right: number}} Place */

const LOOKED_MARK = 3; // px
const MOST_LINES = 9; // of labels; more cannot be told apart
const DASHES = [[], [6, 3], [2, 2], [8, 2, 2, 2], [1, 3]]; // distinguishes labels without color

/**
 * Sentences as bars with text, the current one emphasized.
 * @param {CanvasRenderingContext2D} context
 * @param {(time: number) => number} x
 * @param {Place} place
 * @param {TimedSentence[]} sentences
 * @param {number} time
 * @param {Style} style
 */
export function paintWords(context, x, place, sentences, time, { ink, dim, faint, font }) {
  context.save();
  context.font = `10.5px ${font}`;
  context.textBaseline = "middle";
  for (const { start_s, end_s, text } of sentences) {
    const [left, right] = [x(start_s), x(end_s)];
    if (right < place.left || left > place.right) continue;
    const wide = Math.max(2, right - left - 1);
    const now = time >= start_s && time < end_s;
    context.fillStyle = faint;
    context.globalAlpha = now ? 1 : 0.6;
    context.beginPath();
    context.roundRect(left, place.top, wide, place.height, 2);
    context.fill();
    if (wide < 24) continue;
    context.save();
    context.clip();
    context.globalAlpha = 1;
    context.fillStyle = now ? ink : dim;
    context.fillText(text, Math.max(left, place.left) + 4, place.top + place.height / 2 + 0.5);
    context.restore();
  }
  context.restore();
}

/**
 * Attention as an area, with a line where it would be uniform and bars below what is looked at most; the probability of each label as a line from 0 to 1, ending in
 * its key.
 * @param {CanvasRenderingContext2D} context
 * @param {(time: number) => number} x
 * @param {Place} place
 * @param {ModelTimeline} model
 * @param {Span[]} looked the spans that it looked at most
 * @param {Labels} taxonomy
 * @param {Style} style
 */
export function paintModel(context, x, place, model, looked, taxonomy, { accent, faint, ink, paper, font }) {
  const { time_s, attention, probabilities, labels } = model;
  const end = x(time_s[time_s.length - 1]);
  const low = place.top + place.height;
  const most = Math.max(...attention, 2 / attention.length);
  /** @param {number[]} heights */
  const path = (heights) => {
    context.beginPath();
    for (const [at, height] of heights.entries()) context.lineTo(x(time_s[at]), low - height * place.height);
  };
  context.save();
  context.fillStyle = faint;
  context.fillRect(place.left, low - place.height / (attention.length * most), place.right - place.left, 1);
  path(attention.map((one) => one / most));
  context.lineTo(end, low);
  context.lineTo(x(time_s[0]), low);
  context.closePath();
  context.globalAlpha = 0.28;
  context.fillStyle = accent;
  context.fill();
  context.globalAlpha = 0.95;
  for (const { start_s, end_s } of looked) context.fillRect(x(start_s), low, x(end_s) - x(start_s), LOOKED_MARK);
  context.lineWidth = 1.5;
  const shown = mostProbable(probabilities, labels.length);
  for (const [number, column] of shown.entries()) {
    const label = labels[column];
    const { color, key } = taxonomy.of(label);
    context.strokeStyle = color;
    context.setLineDash(DASHES[column % DASHES.length]);
    path(probabilities.map((row) => row[column]));
    context.stroke();
    // Side by side, so that none covers another for equal probabilities; outlined against the lines.
    const at = Math.min(end, place.right) - 9 * (shown.length - number);
    const after = time_s.findIndex((one) => x(one) >= at);
    const height = (probabilities.at(after)?.[column] ?? 0) * place.height;
    context.font = `600 9.5px ${font}`;
    context.textBaseline = "middle";
    context.setLineDash([]);
    context.lineWidth = 3;
    context.strokeStyle = paper;
    const y = low - Math.min(Math.max(height, 5), place.height - 5);
    context.strokeText(key, at, y);
    context.fillStyle = ink;
    context.fillText(key, at, y);
    context.lineWidth = 1.5;
  }
  context.restore();
}

/**
 * The columns to draw, in their order: all of few, else those that are ever most probable.
 * @param {number[][]} probabilities
 * @param {number} columns
 */
function mostProbable(probabilities, columns) {
  const all = Array.from({ length: columns }, (_, column) => column);
  if (columns <= MOST_LINES) return all;
  const height = all.map((column) => Math.max(...probabilities.map((row) => row[column])));
  const highest = all.toSorted((a, b) => height[b] - height[a]).slice(0, MOST_LINES);
  return highest.toSorted((a, b) => a - b);
}

/**
 * Mean confidence of body, face and hands per bin of time, one strip each; empty where nothing was found.
 * @param {CanvasRenderingContext2D} context
 * @param {(time: number) => number} x
 * @param {Place} place
 * @param {LoadedClip} clip
 * @param {string} dim
 */
export function paintConfidence(context, x, place, clip, dim) {
  const bins = clip.confidence;
  if (!bins) return;
  const count = bins.length / 3;
  const duration = clip.info.duration_s;
  const strip = place.height / 3;
  context.fillStyle = dim;
  for (let bin = 0; bin < count; bin++) {
    const left = x((bin / count) * duration);
    const wide = x(((bin + 1) / count) * duration) - left + 0.5;
    if (left + wide < place.left || left > place.right) continue;
    for (let stream = 0; stream < 3; stream++) {
      const high = bins[bin * 3 + stream] * (strip - 1);
      context.globalAlpha = 0.3 + 0.25 * stream;
      context.fillRect(left, place.top + (stream + 1) * strip - high, wide, high);
    }
  }
  context.globalAlpha = 1;
}
