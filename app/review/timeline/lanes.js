// Content and layout of the timeline, from top to bottom: ruler, claims, cues, words, model, key points.

/** @import { Claim, Cue, LoadedClip, Loop, ModelTimeline, Span, TimedSentence } from "../types.d.ts" */

/**
 * @template T
 * @typedef {T & {row: number}} InRow a span and the row of its lane that it lies in
 */

/**
 * Everything that is drawn. Claims, cues and model stay empty until they may be shown.
 * @typedef {object} TimelineContent
 * @property {LoadedClip} clip
 * @property {boolean} revealed
 * @property {InRow<Claim>[]} claims
 * @property {InRow<Cue>[]} cues
 * @property {TimedSentence[]} words
 * @property {ModelTimeline | null} model
 * @property {Claim | null} active the claim that is watched
 * @property {Loop | null} loop
 * @property {number} time the current time
 */

export const RULER = 18;
export const ROW = { claims: 15, cues: 8 };
export const MOST_ROWS = { claims: 4, cues: 5 };
export const WORDS = 15;
export const MODEL = 30;
export const CONFIDENCE = 24;
export const GAP = 6;
const LEAST_ROWS = { claims: 2, cues: 3 };

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

/**
 * Top of each lane in px, and the height of all.
 * @param {Pick<TimelineContent, "claims" | "cues" | "words" | "model">} content
 */
export function layoutOf({ claims, cues, words, model }) {
  const claimsTop = RULER + 4;
  const cuesTop = claimsTop + rows(claims, LEAST_ROWS.claims) * ROW.claims + GAP;
  const wordsTop = cuesTop + rows(cues, LEAST_ROWS.cues) * ROW.cues + GAP;
  const modelTop = wordsTop + (words.length ? WORDS + GAP : 0);
  const confidenceTop = modelTop + (model ? MODEL + GAP : 0);
  return { claimsTop, cuesTop, wordsTop, modelTop, confidenceTop, height: confidenceTop + CONFIDENCE + 4 };
}

/** @typedef {ReturnType<typeof layoutOf>} Layout */

/**
 * @param {{row: number}[]} spans
 * @param {number} least
 */
function rows(spans, least) {
  return Math.max(least, ...spans.map((span) => span.row + 1));
}
