// Where a run looked, in words.

import { clockTime } from "../clock_time.js";

/** @import { ModelTimeline, Span } from "../types.d.ts" */

const MOST = 1.5; // times even attention from which a moment counts as looked at
const SPANS = 3; // that are named at most
const LEAST_OF_FIRST = 0.25; // a span with less than this share of the strongest one's attention is not named

export const MEANING =
  "The filled area is its attention, with a line where it would be " +
  "even; the bars below mark what is named here. The other lines are its prediction from the clip up to that moment.";

/** @typedef {Span & {weight: number}} Looked a span and its share of the attention */

/**
 * The spans that a run looked at most, in order of time; none where its attention is about even.
 * @param {Pick<ModelTimeline, "time_s" | "attention">} model
 * @param {number} duration of the clip in seconds
 * @returns {Looked[]}
 */
export function lookedMost({ time_s, attention }, duration) {
  const total = attention.reduce((sum, weight) => sum + weight, 0);
  /** @type {Looked[]} */
  const spans = [];
  let inside = false;
  for (const [at, weight] of attention.entries()) {
    const [start_s, end_s] = partOf(time_s, at, duration);
    const much = weight / total >= (MOST * (end_s - start_s)) / duration;
    if (much && !inside) spans.push({ start_s, end_s, weight: 0 });
    inside = much;
    if (!much) continue;
    const last = spans[spans.length - 1];
    last.end_s = end_s;
    last.weight += weight / total;
  }
  const strongest = spans.toSorted((one, other) => other.weight - one.weight).slice(0, SPANS);
  return strongest
    .filter(({ weight }) => weight >= LEAST_OF_FIRST * strongest[0].weight)
    .toSorted((one, other) => one.start_s - other.start_s);
}

/**
 * @param {ModelTimeline} model
 * @param {number} duration of the clip in seconds
 */
export function attentionInWords(model, duration) {
  const spans = lookedMost(model, duration);
  if (!spans.length) return `Run ${model.run_id} looked at all of the clip about evenly.`;
  const digits = spans.some(({ start_s, end_s }) => end_s - start_s < 2) ? 1 : 0;
  const times = spans.map(({ start_s, end_s }) => `${clockTime(start_s, digits)}–${clockTime(end_s, digits)}`);
  const named = times.length > 1 ? `${times.slice(0, -1).join(", ")} and ${times[times.length - 1]}` : times[0];
  const share = percent(spans.reduce((sum, { weight }) => sum + weight, 0));
  const time = percent(spans.reduce((sum, { start_s, end_s }) => sum + end_s - start_s, 0) / duration);
  const words = `Run ${model.run_id} looked most at ${named}: ${share} of its attention in ${time} of the time.`;
  return `${words} That is where it looked, not why it decided.`;
}

/**
 * The part of the clip that a moment stands for, which lies in its middle.
 * @param {number[]} time_s
 * @param {number} at
 * @param {number} duration
 * @returns {[start_s: number, end_s: number]}
 */
function partOf(time_s, at, duration) {
  const start = at === 0 ? 0 : (time_s[at - 1] + time_s[at]) / 2;
  const end = at === time_s.length - 1 ? duration : (time_s[at] + time_s[at + 1]) / 2;
  return [start, end];
}

/** @param {number} share */
function percent(share) {
  return `${Math.round(share * 100)} %`;
}
