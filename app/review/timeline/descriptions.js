// Texts about the timeline, for tooltips and screen readers.

import { CHECKS } from "../checks.js";
import { clockTime } from "../clock_time.js";
import { isTested } from "../session/steps.js";

/** @import { ClipInfo, Labels, LoadedClip, ModelTimeline, Span } from "../types.d.ts" */
/** @import { Hit } from "./hit_test.js" */
/** @import { TimelineContent } from "./lanes.js" */

/**
 * The tooltip for what is under the mouse.
 * @param {Hit} hit
 * @param {TimelineContent} content
 * @param {Labels} labels
 */
export function tipFor({ time, claim, cue, said, inModel, inConfidence }, content, labels) {
  if (claim) return `${clockTime(claim.start_s)}–${clockTime(claim.end_s)}  ${claim.text}`;
  if (cue)
    return `${clockTime(cue.start_s)}–${clockTime(cue.end_s)}  ${cue.title}, strength ${cue.strength.toFixed(2)}`;
  if (said) return `${clockTime(said.start_s, 1)}–${clockTime(said.end_s, 1)}  ${said.text}`;
  if (inModel && content.model) return `${clockTime(time)}  ${modelAt(content.model, time, labels)}`;
  const confidence = inConfidence ? confidenceAt(content.clip, time) : "";
  return confidence ? `${clockTime(time)}  ${confidence}` : clockTime(time);
}

/**
 * Why the lanes of claims, cues and model are shut.
 * @param {Pick<ClipInfo, "split">} info
 */
export function shutBecause(info) {
  return isTested(info) ? "not shown for clips of the test split" : "shown after your answer";
}

/**
 * Why no cue is shown.
 * @param {Pick<TimelineContent, "cues" | "measured" | "notMeasurable">} content
 */
export function noCueBecause({ cues, measured, notMeasurable }) {
  if (!measured) return "the cues of this clip are not measured yet";
  if (notMeasurable) return `no cue can be measured: ${notMeasurable}`;
  return cues.length ? "no cue passes the filter" : "no cue was found";
}

/**
 * Everything that the lanes show at the current time.
 * @param {TimelineContent} content
 * @param {Labels} labels
 */
export function describeMoment({ time, claims, rows, words, model }, labels) {
  /** @param {Span} span */
  const now = ({ start_s, end_s }) => time >= start_s && time < end_s;
  const parts = [
    clockTime(time),
    ...claims.filter(now).map(({ text, check }) => `claim, ${CHECKS[check][1]}: ${text}`),
    ...rows.cues.filter(now).map(({ title }) => `measured: ${title}`),
    ...words.filter(now).map(({ text }) => `said: ${text}`),
    ...(model ? [modelAt(model, time, labels)] : []),
  ];
  return parts.join("; ");
}

/**
 * The prediction, up to a moment, of the run, which was not trained on the clip.
 * @param {ModelTimeline} model
 * @param {number} time
 * @param {Labels} taxonomy
 */
export function modelAt({ run_id, time_s, attention, probabilities, labels }, time, taxonomy) {
  const after = time_s.findIndex((one) => one >= time);
  const at = after < 0 ? time_s.length - 1 : after;
  const chances = labels.map(
    (label, column) => `${taxonomy.of(label).title} ${Math.round(probabilities[at][column] * 100)} %`,
  );
  return `run ${run_id} up to here: ${chances.join(", ")}; attention ${(attention[at] * time_s.length).toFixed(1)} × even`;
}

/**
 * Key-point confidence of body, face and hands at a moment; "" if not loaded.
 * @param {LoadedClip} clip
 * @param {number} time
 */
export function confidenceAt({ confidence, info }, time) {
  if (!confidence) return "";
  const count = confidence.length / 3;
  const bin = Math.min(count - 1, Math.floor((time / info.duration_s) * count));
  return ["body", "face", "hands"].map((name, i) => `${name} ${confidence[bin * 3 + i].toFixed(2)}`).join(", ");
}
