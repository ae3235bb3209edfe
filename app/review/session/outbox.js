// Sends decisions in order, one at a time; keeps those that could not be saved and sends them again.

import { sentenceOf, statusOf } from "../api.js";

/** @import { Answer, Decision, Label, LoadedClip, ReviewData, SaveStatus, UndoDecision } from "../types.d.ts" */
/** @import { Drafts } from "./drafts.js" */

/**
 * What the outbox needs of the server.
 * @typedef {{post(path: string, body: object): Promise<any>, answers(): Promise<boolean>}} Server
 */

/**
 * An answer that could not be saved: `again` if the same answer can be sent again, `unreached` if the server
 * never received it, `draft` the reviewer's input at that time, `seconds` the time spent on the answer.
 * @typedef {{clip: LoadedClip, answer: Answer, sentence: string, again: boolean, unreached: boolean, draft: string,
 *   seconds: number, origin: Origin}} Failed
 */

/**
 * The queue that a clip was open in, and whether it was asked for there by a link or to go back.
 * @typedef {{queue: string, asked: boolean}} Origin
 */

/**
 * What the outbox tells the session.
 * @typedef {object} OutboxEvents
 * @property {(status: SaveStatus) => void} onSending an answer is on its way; it is saved within a moment, as a rule
 * @property {(status: SaveStatus, clip: LoadedClip) => void} onLate it is still on its way
 * @property {(status: SaveStatus, clip: LoadedClip, answer: Answer, decision: Decision) => void} onSaved
 * @property {(status: SaveStatus) => void} onFailed
 * @property {(clip: LoadedClip, answer: Answer) => Promise<void>} onResend the server answers again: send this once more
 */

const CONFLICT = 409; // refused by the server: sending the same again cannot succeed
const AGAIN_MS = 3_000; // interval of checks whether the server responds again
const SAVING_SHOWN_MS = 100; // "saving" is shown only after this time, because drawing it delays saving

export class Outbox {
  /** @type {Map<number, Failed>} by clip id: what could not be saved, until it is */
  failed = new Map();
  /** @type {Set<number>} clips with a decision on its way */
  #inFlight = new Set();
  #server;
  #drafts;
  #taxonomy;
  #digest;
  #events;
  /** @type {Promise<unknown>} */
  #last = Promise.resolve();
  #waiting = 0; // posts that have not been answered
  #closed = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #later;

  /**
   * @param {Server} server
   * @param {Drafts} drafts
   * @param {Pick<ReviewData, "taxonomy" | "taxonomy_digest">} labels as they are on the screen
   * @param {OutboxEvents} events
   */
  constructor(server, drafts, { taxonomy, taxonomy_digest }, events) {
    this.#server = server;
    this.#drafts = drafts;
    this.#taxonomy = taxonomy;
    this.#digest = taxonomy_digest;
    this.#events = events;
  }

  close() {
    this.#closed = true;
    clearTimeout(this.#later);
  }

  /** Resolves when every decision so far was answered, with success or failure. */
  get answered() {
    return this.#last;
  }

  /** Whether leaving the page now would lose an answer. */
  get unsaved() {
    return this.#inFlight.size > 0 || [...this.failed.values()].some(({ again }) => again);
  }

  /** Clips that must stay loaded, because saving their answer may fail. */
  get clipIds() {
    return [...this.#inFlight, ...this.failed.keys()];
  }

  /** Answers that did not reach the server and were not changed since. */
  get #unreached() {
    return [...this.failed]
      .filter(([id, { unreached, draft }]) => unreached && this.#drafts.contents(id) === draft)
      .map(([, failed]) => failed);
  }

  /**
   * Resolves to the stored decision once it has committed; rejects with ApiError, and the answer is kept in `failed`.
   * @param {LoadedClip} clip
   * @param {Answer} answer
   * @param {number} seconds that the reviewer spent on it
   * @param {Origin} origin
   * @returns {Promise<Decision>}
   */
  async send(clip, answer, seconds, origin) {
    const { id, name } = clip.info;
    /** @type {SaveStatus} */
    const saving = { state: "saving", sentence: `Saving ${name}…` };
    const late = setTimeout(() => this.#events.onLate(saving, clip), SAVING_SHOWN_MS);
    this.#inFlight.add(id);
    this.failed.delete(id);
    const seconds_spent = Math.round(seconds * 10) / 10;
    const posted = this.#post(id, { ...answer, ...origin, taxonomy_digest: this.#digest, seconds_spent }, answer);
    this.#events.onSending(saving);
    /** @type {Decision} */
    let decision;
    try {
      ({ decision } = await posted);
    } catch (error) {
      this.#inFlight.delete(id);
      this.#keep(clip, answer, error, { seconds, origin });
      this.#events.onFailed({ state: "failed", sentence: `Not saved: ${name}` });
      this.#resendLater();
      throw error;
    } finally {
      clearTimeout(late);
    }
    this.#inFlight.delete(id);
    if (answer.kind !== "blind") this.#drafts.settle(id);
    const sentence = savedSentence(name, decision, this.#taxonomy);
    this.#events.onSaved({ state: "saved", sentence, clip_id: id, kind: decision.kind }, clip, answer, decision);
    return decision;
  }

  /** Sends answers that did not reach the server again, with the same tokens, so that none counts twice. */
  async resend() {
    if (this.#unreached.length && (await this.#server.answers()))
      for (const { clip, answer } of this.#unreached) await this.#events.onResend(clip, answer);
    this.#resendLater();
  }

  /**
   * Undoes one of the decisions that the server listed as undoable.
   * @param {Pick<UndoDecision, "id" | "clip_id">} decision
   */
  takeBack({ id, clip_id }) {
    /** @type {{kind: "undo", undoes_id: number}} */
    const answer = { kind: "undo", undoes_id: id };
    return this.#post(clip_id, answer, answer);
  }

  /**
   * Undoes a bulk accept; resolves to the number of clips, or to the job that does it.
   * @param {number} bulkId
   * @returns {Promise<{clips: number, job_id: number | null}>}
   */
  takeBackBulk(bulkId) {
    return this.#queued(() => this.#server.post(`/bulks/${bulkId}/take-back`, {}));
  }

  /**
   * @param {LoadedClip} clip
   * @param {Answer} answer
   * @param {unknown} error
   * @param {{seconds: number, origin: Origin}} sent
   */
  #keep(clip, answer, error, sent) {
    const { id, name } = clip.info;
    const status = statusOf(error);
    const unreached = status === 0;
    const then = unreached ? "kept here, and sent by itself once the server answers again." : "kept here.";
    const sentence = `Not saved: ${sentenceOf(error)} Your answer on ${name} is ${then}`;
    const draft = this.#drafts.contents(id);
    this.failed.set(id, { clip, answer, sentence, again: status !== CONFLICT, unreached, draft, ...sent });
  }

  /** While the server cannot be reached, checks at intervals whether it responds again. */
  #resendLater() {
    clearTimeout(this.#later);
    if (!this.#closed && this.#unreached.length) this.#later = setTimeout(() => this.resend(), AGAIN_MS);
  }

  /**
   * @param {number} clip_id
   * @param {object} body
   * @param {Answer | {kind: "undo", undoes_id: number}} answer that identifies the token
   */
  #post(clip_id, body, answer) {
    const token = this.#drafts.token(clip_id, answer);
    return this.#queued(() => this.#server.post("/decisions", { token, clip_id, ...body }));
  }

  /** @param {() => Promise<any>} post */
  #queued(post) {
    const posted = this.#waiting === 0 ? post() : this.#last.then(post); // at once if no other post is waiting
    this.#waiting += 1;
    const done = () => {
      this.#waiting -= 1;
    };
    this.#last = posted.then(done, done);
    return posted;
  }
}

/**
 * @param {string} name of the clip
 * @param {Pick<Decision, "kind" | "label">} decision
 * @param {Label[]} taxonomy
 */
export function savedSentence(name, { kind, label }, taxonomy) {
  const title = taxonomy.find((one) => one.name === label)?.title ?? "";
  /** @type {Record<string, string>} */
  const words = {
    ...{ practice: "practice answer", blind: "first answer", repeat: "second answer" },
    ...{ unclear: "unclear", skip: "skipped" },
  };
  return `Saved: ${name}, ${words[kind] ?? title}`;
}
