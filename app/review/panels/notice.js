// The notice in place of the picture: loading, the end of the queue, or a failure.

import { button, el } from "../elements.js";

/** @import { ReviewState } from "../types.d.ts" */

const DONE =
  "Choose another queue above, or go to Train to retrain on what you have judged; the labels that the new run contradicts become the next queue.";

/**
 * Heading and sentence for a state in which no clip is shown; null where one is.
 * @param {Pick<ReviewState, "step" | "problem" | "queue" | "queues">} state
 * @returns {[heading: string, sentence: string] | null}
 */
export function noticeOf({ step, problem, queue, queues }) {
  if (step === "loading") return ["Loading…", ""];
  if (step === "failed") return ["The clip cannot be shown.", problem];
  if (step !== "empty") return null;
  const skipped = queues.find(({ kind }) => kind === "skipped")?.size ?? 0;
  const waiting = skipped === 1 ? "A clip that you skipped waits" : `${skipped} clips that you skipped wait`;
  const where = skipped && queue.kind !== "skipped" ? ` ${waiting} in “Skipped by me”.` : "";
  return [queue.items.length ? "This queue is done." : "Nothing waits in this queue.", DONE + where];
}

export class Notice {
  #onRetry;

  /** @param {() => void} onRetry */
  constructor(onRetry) {
    this.#onRetry = onRetry;
    this.root = el("div", { class: "empty", "data-testid": "empty", hidden: true });
  }

  /** @param {ReviewState} state */
  render(state) {
    const words = noticeOf(state);
    this.root.hidden = !words;
    this.root.dataset.kind = state.step;
    if (!words) return;
    const retry = state.step === "empty" ? "Look for new clips" : "Try again";
    this.root.replaceChildren(el("h2", {}, words[0]), el("p", {}, words[1]));
    if (state.step !== "loading") this.root.append(button({ class: "plain", onclick: () => this.#onRetry() }, retry));
  }
}
