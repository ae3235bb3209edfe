// Undoes a reviewer's decisions and bulk accepts, newest first.

import { sentenceOf } from "../api.js";
import { isFirstKind } from "./steps.js";

/** @import { Decision, LoadedClip, UndoStep } from "../types.d.ts" */
/** @import { QueueNavigator } from "./navigator.js" */
/** @import { Outbox } from "./outbox.js" */
/** @import { Store } from "./store.js" */

const DEPTH = 50;

export class Undo {
  #store;
  #outbox;
  #navigator;

  /**
   * @param {Store} store
   * @param {Outbox} outbox
   * @param {QueueNavigator} navigator
   */
  constructor(store, outbox, navigator) {
    this.#store = store;
    this.#outbox = outbox;
    this.#navigator = navigator;
  }

  /** Undoes this reviewer's last decision and returns to its clip; a bulk accept is one decision. */
  async takeBackLast() {
    await this.#outbox.answered;
    const { undoable, busy } = this.#store.state;
    const last = undoable[0];
    if (!last || busy || this.#store.closed) return;
    this.#store.update({ busy: true });
    try {
      if (last.bulk_id === undefined) {
        await this.#outbox.takeBack(last);
        this.#takenBack(last, `Taken back: ${last.clip_name}`, last.clip_id);
        void this.#navigator.countAfterDecision();
        await this.#navigator.reload(last.clip_id, "You took your decision back.");
      } else {
        const { clips, job_id } = await this.#outbox.takeBackBulk(last.bulk_id);
        const job = job_id && `Job ${job_id} takes back ${bulkInWords(last)}`;
        this.#takenBack(last, job || `Taken back: ${bulkInWords({ clips })}`, null);
        void this.#navigator.countQueues();
      }
    } catch (error) {
      this.#store.update({ busy: false, save: { state: "failed", sentence: `Not taken back: ${sentenceOf(error)}` } });
    }
  }

  /**
   * @param {UndoStep} step
   * @param {string} sentence
   * @param {number | null} clip_id
   */
  #takenBack(step, sentence, clip_id) {
    const undoable = withoutStep(this.#store.state.undoable, step);
    this.#store.update({ undoable, busy: false, save: { state: "saved", sentence, clip_id, kind: "undo" } });
  }
}

/**
 * The list with one more decision; a first answer cannot be undone and is not added.
 * @param {UndoStep[]} undoable
 * @param {Pick<Decision, "id" | "kind" | "label">} decision
 * @param {{info: Pick<LoadedClip["info"], "id" | "name">}} clip
 * @returns {UndoStep[]}
 */
export function withDecision(undoable, { id, kind, label }, { info }) {
  if (isFirstKind(kind) || undoable.some((known) => known.id === id)) return undoable;
  return [{ id, kind, label, clip_id: info.id, clip_name: info.name }, ...undoable].slice(0, DEPTH);
}

/**
 * The list without an undone step.
 * @param {UndoStep[]} undoable
 * @param {UndoStep} step
 */
export function withoutStep(undoable, step) {
  return undoable.filter(({ id, bulk_id }) => id !== step.id || bulk_id !== step.bulk_id);
}

/**
 * A bulk accept in words.
 * @param {{clips: number}} bulk
 */
export function bulkInWords({ clips }) {
  return `${clips} ${clips === 1 ? "clip" : "clips"} accepted in bulk`;
}
