// The state that the views read; notifies them of every change.

/** @import { QueueSize, ReviewState } from "../types.d.ts" */

export class Store {
  /** @type {ReviewState} */
  state;
  /** Whether the screen was unmounted, so that nothing is drawn. */
  closed = false;
  #onChange;

  /**
   * @param {QueueSize[]} queues
   * @param {() => void} onChange
   */
  constructor(queues, onChange) {
    this.#onChange = onChange;
    this.state = {
      queue: { kind: "", items: [], more: false },
      queues,
      position: 0,
      clip: null,
      step: "loading",
      rationale: null,
      busy: false,
      save: { state: "idle", sentence: "" },
      problem: "",
      notTaken: "",
      undoable: [],
      ahead: 0,
      decision: null,
      openAt: "",
      reserved: true,
    };
  }

  /** @param {Partial<ReviewState>} changes */
  update(changes) {
    if (this.closed) return;
    Object.assign(this.state, changes);
    this.#onChange();
  }
}
