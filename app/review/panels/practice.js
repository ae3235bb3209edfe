// Practice clips: what is said before the answer, and the feedback after it.

import { el } from "../elements.js";

/** @import { Labels, PracticeFeedback } from "../types.d.ts" */

export const PRACTICE_WORDS = "Practice: your answer counts nowhere";

/**
 * Heading and words of the decision bar after the answer.
 * @param {PracticeFeedback} feedback
 * @param {Labels} labels
 * @returns {[heading: string, words: string]}
 */
export function practicedWords(feedback, labels) {
  const title = labels.of(feedback.known_label).title;
  return [feedback.right ? `Right: ${title}` : `Not right: it is ${title}`, soFar(feedback)];
}

/** @param {PracticeFeedback} feedback */
function soFar({ answered, right_so_far, first }) {
  return `${right_so_far} of ${answered} right so far. ${first || "You may begin."}`;
}

/**
 * Right or wrong, the known label and where it comes from, and why.
 * @param {PracticeFeedback} feedback
 * @param {Labels} labels
 */
export function practiceFeedback(feedback, labels) {
  const { right, label, known_label, known_from, explanation } = feedback;
  const known = labels.of(known_label);
  const source = known_from === "gold" ? "the gold label" : "settled by people";
  return el(
    "div",
    { class: "practice-feedback", "data-right": String(right), "data-testid": "practice-feedback" },
    el("h2", {}, right ? "Right" : "Not right"),
    el(
      "p",
      {},
      "You said ",
      el("b", {}, labels.of(label).title),
      right ? ", which is " : "; known is ",
      right ? null : el("span", { class: "chip", style: `--chip: ${known.color}` }, known.title),
      right ? `${source}.` : `, ${source}.`,
    ),
    explanation ? el("p", { class: "why" }, el("b", {}, "Why"), `: ${explanation}`) : null,
    el("p", { class: "quiet" }, soFar(feedback)),
  );
}

/** In place of the rationale before the answer. */
export function practiceFirst() {
  return el(
    "div",
    { class: "shut" },
    el("h2", {}, "Practice"),
    el("p", {}, "Judge this clip as you would judge any other. After your answer you see the right one, and why."),
    el(
      "p",
      { class: "quiet" },
      "Practice answers are kept apart: they are no labels, and no agreement is computed from them.",
    ),
  );
}
