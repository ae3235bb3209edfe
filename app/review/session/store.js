// Holds what the views read, and calls them after every change of it.

/** @import { QueueSize, ReviewState } from "../types.d.ts" */

export class Store {
  /** @type {ReviewState} */
  state;
  /** Whether the screen has gone; nothing is drawn any more. */
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
