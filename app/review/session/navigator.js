// Goes through a queue: which clip is on the screen and which come next. Preloads and leases clips, and fetches more.

import { ApiError, sentenceOf } from "../api.js";
import { Leases } from "./leases.js";
import { around, extended, opened, placed, withoutClip, withoutTaken } from "./queue.js";
import { isUntouched } from "./steps.js";

/** @import { LoadedClip, QueueAnswer, QueueSize } from "../types.d.ts" */
/** @import { Drafts } from "./drafts.js" */
/** @import { Outbox } from "./outbox.js" */
/** @import { Store } from "./store.js" */

/**
 * What the navigator needs of the server.
 * @typedef {{json(path: string): Promise<any>, post(path: string, body: object): Promise<any>}} Server
 */

/**
 * What the navigator needs of the clip loader.
 * @typedef {object} Loader
 * @property {(id: number) => Promise<LoadedClip>} load
 * @property {(ids: number[], goOn: (here: boolean) => boolean) => Promise<void>} ahead
 * @property {(ids: number[]) => void} keep
 * @property {(id: number) => void} forget
 */

/**
 * @typedef {object} NavigatorParts
 * @property {Server} server
 * @property {Loader} loader
 * @property {Store} store
 * @property {Drafts} drafts
 * @property {Pick<Outbox, "answered" | "clipIds">} outbox
 * @property {number} leaseMinutes
 * @property {(clip: LoadedClip, time: number) => void} onArrive a clip takes the screen
 * @property {() => void} onLeave no clip is on the screen
 */

const AHEAD = 2; // clips that are preloaded
const LOW_WATER = 3; // clips left in the queue when more are fetched
const QUICK_COUNT_MS = 150; // all queues are counted after each decision where that takes no longer
const COUNT_MS = 2_500; // where it takes longer, they are counted so often at most
const LOADING_SHOWN_MS = 80; // a clip that loads faster is shown without a loading notice

export class QueueNavigator {
  /** Number of the current visit to a clip; results of earlier visits are ignored. */
  visit = 0;
  #server;
  #loader;
  #store;
  #drafts;
  #outbox;
  #leases;
  #onArrive;
  #onLeave;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #counting;
  #countTook = QUICK_COUNT_MS; // how long the last count of all queues took, in ms
  #counts = 0; // started so far, for an older answer never replaces a newer one

  /** @param {NavigatorParts} parts */
  constructor({ server, loader, store, drafts, outbox, leaseMinutes, onArrive, onLeave }) {
    this.#server = server;
    this.#loader = loader;
    this.#store = store;
    this.#drafts = drafts;
    this.#outbox = outbox;
    this.#onArrive = onArrive;
    this.#onLeave = onLeave;
    this.#leases = new Leases(server, leaseMinutes, (names) => this.#leaveTaken(names));
  }

  close() {
    clearTimeout(this.#counting);
    this.#leases.close();
    this.#loader.keep([]);
  }

  get #state() {
    return this.#store.state;
  }

  /**
   * @param {string} kind
   * @param {number | null} clipId to begin with; null for the first of the queue
   * @param {number} time in that clip
   */
  async openQueue(kind, clipId = null, time = 0) {
    const queue = { kind, items: [], more: false };
    this.#store.update({ queue, position: 0, step: "loading", clip: null, problem: "" });
    try {
      const answer = await this.#ask(kind);
      const { queue, position } = opened(kind, answer, clipId);
      this.#store.update({ queue, undoable: answer.undoable });
      await this.goTo(position, time);
      if (this.#state.queues.some(({ size }) => size === null)) void this.countQueues(); // after the clip
    } catch (error) {
      this.#fail(error);
    }
  }

  next() {
    return this.goTo(this.#state.position + 1);
  }

  previous() {
    return this.#state.position > 0 ? this.goTo(this.#state.position - 1) : undefined;
  }

  /** Loads the clip on the screen again after a failure, or the queue if it has no clip. */
  again() {
    const { queue, position } = this.#state;
    return queue.items.length ? this.goTo(position) : this.openQueue(queue.kind);
  }

  /**
   * Opens a clip that may have left the queue.
   * @param {number} clipId
   * @param {string} reason for which it is in the queue again
   */
  async goToClip(clipId, reason) {
    const { queue, position } = this.#state;
    const { queue: longer, at } = placed(queue, clipId, position, reason);
    this.#store.update({ queue: longer });
    await this.goTo(at);
  }

  /**
   * The same, loading the clip again because the server has newer data.
   * @param {number} clipId
   * @param {string} reason
   */
  reload(clipId, reason) {
    this.#loader.forget(clipId);
    return this.goToClip(clipId, reason);
  }

  /**
   * Drops a loaded clip, so that it is loaded again when it is opened.
   * @param {number} clipId
   */
  forget(clipId) {
    this.#loader.forget(clipId);
  }

  /**
   * @param {number} position in the queue; beyond its end, the queue is asked whether it has grown
   * @param {number} time
   */
  async goTo(position, time = 0) {
    const { items, kind } = this.#state.queue;
    const visit = ++this.visit;
    if (position >= items.length) {
      await this.#reachEnd(visit);
      return;
    }
    const id = items[position].clip_id;
    const { ahead, behind } = around(items, position, AHEAD);
    this.#loader.keep([id, ...ahead, ...behind, ...this.#outbox.clipIds]);
    const loading = this.#loader.load(id);
    this.#store.update({ position, rationale: null, problem: "", busy: true, decision: null, openAt: "" });
    try {
      const early = await Promise.race([loading, after(LOADING_SHOWN_MS)]);
      if (!early && visit === this.visit) this.#store.update({ clip: null, step: "loading" });
      const clip = await loading;
      if (visit !== this.visit || this.#store.closed) return;
      this.#onArrive(clip, time);
    } catch (error) {
      if (visit === this.visit) this.#fail(error);
      return;
    }
    this.lookAhead();
    if (this.#state.queue.more && items.length - position <= LOW_WATER) void this.#extend(kind);
  }

  /** Leases and preloads the next clips. */
  lookAhead() {
    const { visit } = this;
    const { clip, queue, position } = this.#state;
    if (!clip) return; // the next clips are loaded after this one
    const { ahead } = around(queue.items, position, AHEAD);
    void this.#reserve([clip.info.id, ...ahead], visit);
    void this.#prefetch(ahead, visit);
  }

  /** Counts the clips of each queue; the old numbers stay if the server does not respond. */
  async countQueues() {
    clearTimeout(this.#counting);
    this.#counting = undefined;
    const began = performance.now();
    await this.#count("/queues");
    this.#countTook = performance.now() - began;
  }

  /**
   * After a decision: counts all queues at once where that is quick, else the open one at once and the others later, so that
   * counting never delays the next decision.
   */
  async countAfterDecision() {
    if (this.#countTook < QUICK_COUNT_MS) {
      await this.countQueues();
      return;
    }
    this.#counting ??= setTimeout(() => this.countQueues(), COUNT_MS);
    await this.#count(`/queues?kind=${encodeURIComponent(this.#state.queue.kind)}`);
  }

  /** @param {string} path whose answer has all queues or some */
  async #count(path) {
    const count = ++this.#counts;
    /** @type {QueueSize[]} */
    const counted = await this.#server.json(path).catch(() => []);
    if (count !== this.#counts || !counted.length) return;
    const known = new Map(counted.map((one) => [one.kind, one]));
    const queues = path === "/queues" ? counted : this.#state.queues.map((one) => known.get(one.kind) ?? one);
    this.#store.update({ queues });
  }

  /**
   * @param {string} kind
   * @returns {Promise<QueueAnswer>}
   */
  #ask(kind) {
    return this.#server.json(`/queue?kind=${encodeURIComponent(kind)}`);
  }

  /**
   * @param {number[]} ids
   * @param {number} visit
   */
  async #reserve(ids, visit) {
    await this.#outbox.answered; // a decision being saved ends the lease of its clip
    if (visit === this.visit) await this.#leases.hold(ids);
  }

  /**
   * @param {number[]} ids
   * @param {number} visit
   */
  async #prefetch(ids, visit) {
    this.#store.update({ ahead: 0 });
    await this.#outbox.answered; // saving comes before preloading
    await this.#loader.ahead(ids, (here) => {
      if (visit === this.visit && here) this.#store.update({ ahead: this.#state.ahead + 1 });
      return visit === this.visit;
    });
  }

  /**
   * Removes clips that others have open from the queue ahead; leaves one that was just opened here, if untouched.
   * @param {Map<number, string> | null} names
   */
  #leaveTaken(names) {
    if (names === null) {
      this.#store.update({ openAt: "", reserved: false });
      return;
    }
    const { queue, position, clip, step } = this.#state;
    const id = clip?.info.id;
    const openAt = id === undefined ? undefined : names.get(id);
    const left = withoutTaken(queue, position, names);
    this.#store.update({ queue: left, openAt: openAt ?? "", reserved: true });
    const untouched = isUntouched(step, id === undefined ? null : this.#drafts.of(id));
    const others = position + 1 < left.items.length;
    if (openAt !== undefined && untouched && !left.items[position].asked && others) {
      this.#store.update({ queue: withoutClip(left, position) });
      void this.goTo(position);
    } else if (left.items.length < queue.items.length) {
      this.lookAhead();
    }
  }

  /**
   * At the end of the queue: checks whether it has grown.
   * @param {number} visit
   */
  async #reachEnd(visit) {
    this.#store.update({ step: "loading", clip: null, rationale: null, problem: "", busy: false });
    this.#onLeave();
    await this.#outbox.answered;
    if (visit !== this.visit) return;
    const { kind, items } = this.#state.queue;
    try {
      const answer = await this.#ask(kind);
      if (visit !== this.visit) return;
      const queue = { ...extended(this.#state.queue, answer), more: answer.more };
      this.#store.update({ undoable: answer.undoable, queue });
      if (queue.items.length > items.length) {
        await this.goTo(items.length);
        return;
      }
      await this.countQueues();
      if (visit === this.visit) this.#store.update({ position: items.length, step: "empty" });
    } catch (error) {
      if (visit === this.visit) this.#fail(error);
    }
  }

  /** @param {string} kind */
  async #extend(kind) {
    try {
      const answer = await this.#ask(kind);
      if (kind === this.#state.queue.kind) this.#store.update({ queue: extended(this.#state.queue, answer) });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error; // tried again at the end of the queue, where a failure is shown
    }
  }

  /** @param {unknown} error */
  #fail(error) {
    this.#store.update({ step: "failed", clip: null, busy: false, problem: sentenceOf(error) });
  }
}

/**
 * @param {number} milliseconds
 * @returns {Promise<undefined>}
 */
function after(milliseconds) {
  return new Promise((resolve) => setTimeout(() => resolve(undefined), milliseconds));
}
