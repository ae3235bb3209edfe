// The notice in place of the picture: loading, the end of the queue, or a failure.

import { button, el } from "../elements.js";
import { nextQueue } from "../session/queue.js";

/** @import { ReviewState } from "../types.d.ts" */

const ALL_DONE =
  "Choose another queue above, or go to Train to retrain on what you have judged; the labels that the new run contradicts become the next queue.";
const GO_ON = "Or choose another queue above, or go to Train to retrain on what you have judged.";

/**
 * Heading and sentence for a state in which no clip is shown; null where one is.
 * @param {Pick<ReviewState, "step" | "problem" | "queue" | "queues">} state
 * @returns {[heading: string, sentence: string] | null}
 */
export function noticeOf({ step, problem, queue, queues }) {
  if (step === "loading") return ["Loading…", ""];
  if (step === "failed") return ["The clip cannot be shown.", problem];
  if (step !== "empty") return null;
  if (queue.kind === "practice")
    return practiceIsOver({ step, queue, queues })
      ? ["Practice is done.", "From now on your answers count. Begin with the first queue, or choose one above."]
      : ["No practice clip is left.", "A lead can let you begin, or mark more practice clips."];
  const skipped = queues.find(({ kind }) => kind === "skipped")?.size ?? 0;
  const waiting = skipped === 1 ? "A clip that you skipped waits" : `${skipped} clips that you skipped wait`;
  const where = skipped && queue.kind !== "skipped" ? ` ${waiting} in “Skipped by me”.` : "";
  const next = nextQueue(queues, queue.kind);
  const told = next ? `Go on with “${next.title}” (${next.size}). ${GO_ON}` : ALL_DONE;
  return [queue.items.length ? "This queue is done." : "Nothing waits in this queue.", told + where];
}

/**
 * Whether the coder has come to the end of practice and may begin.
 * @param {Pick<ReviewState, "step" | "queue" | "queues">} state
 */
export function practiceIsOver({ step, queue, queues }) {
  return step === "empty" && queue.kind === "practice" && queues.some(({ kind }) => kind !== "practice");
}

export class Notice {
  #onRetry;
  #onBegin;

  /**
   * @param {() => void} onRetry
   * @param {() => void} onBegin the next of the other queues is opened
   */
  constructor(onRetry, onBegin) {
    this.#onRetry = onRetry;
    this.#onBegin = onBegin;
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
    const begins = practiceIsOver(state);
    const next = state.step === "empty" ? nextQueue(state.queues, state.queue.kind) : null;
    const onward = begins ? "Begin" : next && `${next.title} (${next.size})`;
    if (onward)
      this.root.append(button({ class: "answer", "data-testid": "begin", onclick: () => this.#onBegin() }, onward));
    if (!begins && state.step !== "loading")
      this.root.append(button({ class: "plain", onclick: () => this.#onRetry() }, retry));
  }
}
