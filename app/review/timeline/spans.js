// Spans of time on the timeline: their rows, and which belong together.

/** @import { Claim, Cue, Span } from "../types.d.ts" */

/**
 * @template T
 * @typedef {T & {row: number}} InRow a span and the row of its lane that it lies in
 */

/**
 * Assigns spans to rows without overlap; what does not fit into `most` rows goes into the last.
 * @template {Span} T
 * @param {T[]} spans
 * @param {number} most
 * @returns {InRow<T>[]}
 */
export function pack(spans, most) {
  /** @type {number[]} */
  const ends = [];
  return spans.map((span) => {
    let row = ends.findIndex((end) => end <= span.start_s + 1e-9);
    if (row < 0) row = ends.length < most ? ends.length : most - 1;
    ends[row] = Math.max(ends[row] ?? 0, span.end_s);
    return { ...span, row };
  });
}

/**
 * Whether a claim is about a cue: the same name at the same time.
 * @param {Pick<Claim, "cue" | "start_s" | "end_s">} claim
 * @param {Pick<Cue, "name" | "start_s" | "end_s">} cue
 */
export function speaksOf(claim, cue) {
  return cue.name === claim.cue && cue.start_s < claim.end_s && cue.end_s > claim.start_s;
}
