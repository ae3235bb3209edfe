// The history of decisions on the clip.

import { el } from "../elements.js";
import { confidenceInWords } from "./confidence_words.js";

/** @import { HistoryRow, Labels } from "../types.d.ts" */

/** @type {Record<string, string>} */
const KINDS = {
  blind: "answered before the reveal",
  accept: "took the model's label",
  correct: "corrected",
  unclear: "found it unclear",
  skip: "skipped",
  undo: "took it back",
  adjudicate: "adjudicated",
  bulk_accept: "accepted it in bulk",
};

/**
 * The history, collapsed at first; nothing where there is none.
 * @param {HistoryRow[]} history
 * @param {Labels} labels
 */
export function historyOf(history, labels) {
  if (!history.length) return null;
  const rows = history.map(({ who, kind, label, rater_confidence, note, at }) => {
    const what = [KINDS[kind] ?? kind, label && labels.of(label).title, confidenceInWords(rater_confidence)];
    return el(
      "li",
      {},
      el("b", {}, who),
      ` ${what.filter(Boolean).join(", ")} `,
      el("time", { class: "quiet", datetime: at }, new Date(at).toLocaleString()),
      note && el("span", { class: "said" }, note),
    );
  });
  const summary = el("summary", {}, `History (${history.length})`);
  return el("details", { "data-testid": "history" }, summary, el("ol", { class: "history" }, ...rows));
}
