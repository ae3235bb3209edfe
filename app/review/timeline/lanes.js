// Content and layout of the timeline, from top to bottom: ruler, claims, cues, words, model, key points.

import { rowHeight } from "./cue_rows.js";

/** @import { Claim, Cue, LoadedClip, Loop, ModelTimeline, TimedSentence } from "../types.d.ts" */
/** @import { CueRows } from "./cue_rows.js" */
/** @import { Looked } from "./attention.js" */
/** @import { InRow } from "./spans.js" */

/**
 * Everything that is drawn. Claims, cues and model stay empty until they may be shown.
 * @typedef {object} TimelineContent
 * @property {LoadedClip} clip
 * @property {boolean} revealed
 * @property {boolean} measured whether the cues of the clip were measured
 * @property {string} notMeasurable why no cue at all could be; "" where one could
 * @property {InRow<Claim>[]} claims
 * @property {Cue[]} cues all that were measured
 * @property {CueRows} rows those that are shown
 * @property {number} room height of the rows of the cues in px
 * @property {TimedSentence[]} words
 * @property {ModelTimeline | null} model
 * @property {Looked[]} looked the spans that the model looked at most
 * @property {Claim | null} active the claim that is watched
 * @property {Loop | null} loop
 * @property {number} time the current time
 */

export const RULER = 18;
export const CLAIM_ROW = 15;
export const MOST_CLAIM_ROWS = 4;
export const WORDS = 15;
export const MODEL = 30;
export const CONFIDENCE = 24;
export const GAP = 6;
const LEAST_CLAIM_ROWS = 2;
const CUE_ROOM = { share: 0.2, from: 400, least: 60, most: 160 }; // a share of the window's height above `from`, in px

/**
 * The height that the cues have together, so that the picture above does not move when they come.
 * @param {number} windowHeight in px
 */
export function cueRoom(windowHeight) {
  const { share, from, least, most } = CUE_ROOM;
  return Math.round(Math.min(Math.max(share * (windowHeight - from), least), most));
}

/** What decides the layout. @typedef {Pick<TimelineContent, "claims" | "rows" | "room" | "words" | "model">} LaidOut */

/**
 * Top of each lane in px, the height of a row of cues, and the height of all.
 * @param {LaidOut} content
 */
export function layoutOf({ claims, rows, room, words, model }) {
  const claimsTop = RULER + 4;
  const claimRows = Math.max(LEAST_CLAIM_ROWS, ...claims.map(({ row }) => row + 1));
  const cuesTop = claimsTop + claimRows * CLAIM_ROW + GAP;
  const cueRow = rowHeight(rows.count, room);
  const wordsTop = cuesTop + Math.max(room, rows.count * cueRow) + GAP;
  const modelTop = wordsTop + (words.length ? WORDS + GAP : 0);
  const confidenceTop = modelTop + (model ? MODEL + GAP : 0);
  return { claimsTop, cuesTop, cueRow, wordsTop, modelTop, confidenceTop, height: confidenceTop + CONFIDENCE + 4 };
}

/** @typedef {ReturnType<typeof layoutOf>} Layout */
