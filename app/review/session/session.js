// A reviewer's session: how steps, saved answers and undos change the state of the screen. It draws nothing:
// views read its state. The navigator goes through the queue, steps.js has the rules, the outbox saves.

import { Drafts } from "./drafts.js";
import { QueueNavigator } from "./navigator.js";
import { Outbox } from "./outbox.js";
import { Presses } from "./presses.js";
import { nextQueue, originOf } from "./queue.js";
import { Reveal } from "./reveal.js";
import { afterAnswer, completed, isFirstAnswer, isUnshown, keptLabel, reactionTo } from "./steps.js";
import { Store } from "./store.js";
import { Undo, withDecision } from "./undo.js";

/** @import { Answer, Decision, FirstAnswer, LastAnswer, LoadedClip, Rationale, ReviewData } from "../types.d.ts" */
/** @import { SaveStatus } from "../types.d.ts" */
/** @import { Loader, Server as NavigatorServer } from "./navigator.js" */
/** @import { Server as OutboxServer } from "./outbox.js" */
/** @import { Input } from "./steps.js" */

/**
 * What the session tells the screen.
 * @typedef {object} SessionEvents
 * @property {() => void} onChange `state` has changed
 * @property {(clip: LoadedClip | null, time: number) => void} onClip another clip, or none, is on the screen
 * @property {() => void} onSending an answer is on its way
 * @property {(rationale: Rationale) => void} onRevealed
 */

/**
 * @typedef {object} SessionParts
 * @property {NavigatorServer & OutboxServer} server
 * @property {Loader} loader
 * @property {Pick<Storage, "getItem" | "setItem" | "removeItem">} storage
 */

// Drawing a clip delays the confirmation of the last save, so it waits for that, too briefly to be noticed.
const SAVED_FIRST_MS = 80;
const SETTLE_MS = 250; // a decision key within this time after a change of clip was meant for the clip before

export class Session {
  #events;
  #store;
  #drafts;
  #outbox;
  #navigator;
  #reveal;
  #undo;
  #presses;
  #shownAt = 0;

  /**
   * @param {SessionParts} parts
   * @param {ReviewData} data
   * @param {SessionEvents} events
   */
  constructor({ server, loader, storage }, data, events) {
    const { clip_id, answer_id } = data;
    this.#events = events;
    this.#store = new Store(data.queues, () => {
      this.#presses.ask(this.#question);
      events.onChange();
    });
    this.#presses = new Presses(this.#store);
    this.#drafts = new Drafts(data.reviewer.id, storage);
    this.#outbox = new Outbox(server, this.#drafts, data, {
      onSending: (save) => this.#sending(save),
      onLate: (save, clip) => this.#store.update({ problem: this.#problemBeside(clip), save }),
      onSaved: (save, clip, answer, decision) => this.#saved(save, clip, answer, decision),
      onFailed: (save) => this.#store.update({ save }),
      onResend: (clip, answer) => this.#sendOnceMore(clip, answer),
    });
    this.#navigator = new QueueNavigator({
      server,
      loader,
      store: this.#store,
      drafts: this.#drafts,
      outbox: this.#outbox,
      leaseMinutes: data.lease_minutes,
      onArrive: (clip, time) => this.#arrive(clip, time),
      onLeave: () => this.#store.closed || events.onClip(null, 0),
    });
    this.#reveal = new Reveal({
      server,
      store: this.#store,
      navigator: this.#navigator,
      linked: clip_id && answer_id ? { clip_id, answer_id } : null,
      onRevealed: events.onRevealed,
    });
    this.#undo = new Undo(this.#store, this.#outbox, this.#navigator);
  }

  close() {
    this.#store.closed = true;
    this.#presses.close();
    this.#outbox.close();
    this.#navigator.close();
  }

  // ---- What the views read ----

  get state() {
    return this.#store.state;
  }

  get draft() {
    return this.state.clip ? this.#drafts.of(this.state.clip.info.id) : null;
  }

  /** The queue item of the current clip, with its reason. */
  get item() {
    return this.state.queue.items[this.state.position] ?? null;
  }

  /** Whether decision keys act now: not while saving, nor just after a change of clip or a press that was refused for it. */
  get ready() {
    const settled = performance.now() - this.#shownAt >= SETTLE_MS && !this.#presses.refused;
    return this.state.clip !== null && !this.state.busy && settled;
  }

  get keptLabel() {
    return keptLabel(this.state);
  }

  /** Whether leaving the page now would lose an answer. */
  get unsaved() {
    return this.#outbox.unsaved;
  }

  /** Whether the answer on this clip was sent and could not be saved. */
  get canSaveAgain() {
    return this.#failedHere?.again ?? false;
  }

  // ---- The way through the queue ----

  /**
   * @param {string} kind
   * @param {number | null} clipId
   * @param {number} time
   */
  openQueue(kind, clipId = null, time = 0) {
    return this.#navigator.openQueue(kind, clipId, time);
  }

  /** The next clip; after the practice that was wanted, the first clip that counts. */
  next() {
    return this.mayBegin ? this.begin() : this.#navigator.next();
  }

  /** The next practice clip, for somebody who could begin. */
  practiceOn() {
    return this.#navigator.next();
  }

  /** Whether the practice clip on the screen was answered, and nothing stands in the way of judging. */
  get mayBegin() {
    const { step, clip } = this.state;
    return step === "practiced" && clip?.info.practice?.feedback?.first === "";
  }

  previous() {
    return this.#navigator.previous();
  }

  retryLoading() {
    return this.#navigator.again();
  }

  /** Opens the first queue in which clips wait, else the first that is not for practice. */
  async begin() {
    const isOpen = () => this.state.queues.some(({ kind }) => kind !== "practice");
    if (!isOpen()) await this.countQueues(); // while practice came first, it was the only one
    const { queues, queue } = this.state;
    const first = nextQueue(queues, queue.kind) ?? queues.find(({ kind }) => kind !== "practice");
    await (first ? this.openQueue(first.kind) : this.#navigator.next());
  }

  countQueues() {
    return this.#navigator.countQueues();
  }

  // ---- Judging the clip on the screen ----

  /**
   * Carries out an input, unless decisions do not count now.
   * @param {Input | null} input
   */
  answer(input) {
    const { clip } = this.state;
    if (!input || !clip) return;
    const draft = this.#drafts.of(clip.info.id);
    const reaction = reactionTo(input, this.state, draft, this.ready);
    if (!reaction) {
      if (reactionTo(input, this.state, draft, true) || isUnshown(input, this.state)) this.#presses.cameTooEarly();
      return;
    }
    this.state.notTaken = "";
    if ("draft" in reaction) {
      this.#drafts.change(clip.info.id, reaction.draft);
      this.#store.update({});
    } else if ("first" in reaction) {
      void this.#sendFirst(clip, reaction.first);
    } else {
      void this.#sendLast(clip, reaction.last);
    }
  }

  /**
   * Whether a press, by key or mouse, repeats the answer to the question before, and is no answer to the one on the screen.
   * @param {{key: string, held: boolean}} press
   */
  isRepeat(press) {
    return this.#presses.isRepeat(press);
  }

  /** @param {string} key */
  release(key) {
    this.#presses.release(key);
  }

  /** @param {string} note */
  setNote(note) {
    if (this.state.clip) this.#drafts.change(this.state.clip.info.id, { note });
  }

  /** Sends the answer that could not be saved once more, under the token it had. */
  saveAgain() {
    const failed = this.#failedHere;
    const { clip } = this.state;
    if (!clip || !failed?.again || this.state.busy) return;
    if (isFirstAnswer(failed.answer)) this.answer({ kind: "rater_confidence", level: failed.answer.rater_confidence });
    else void this.#sendLast(clip, failed.answer);
  }

  /** The browser reports that it is online again. */
  sendKept() {
    return this.#outbox.resend();
  }

  /** Takes back this reviewer's last decision and returns to its clip. */
  undo() {
    return this.#undo.takeBackLast();
  }

  // ---- The rationale ----

  retryReveal() {
    const { clip } = this.state;
    return clip ? this.#reveal.show(clip) : undefined;
  }

  /**
   * Shows another answer for the clip.
   * @param {number} id
   */
  showAnswer(id) {
    return this.#reveal.showAnswer(id);
  }

  // ---- Arriving and saving ----

  /**
   * @param {LoadedClip} clip
   * @param {number} time
   */
  #arrive(clip, time) {
    this.#shownAt = performance.now();
    const { id, step, decision, repeat, rationale_open } = clip.info;
    if (repeat) this.#drafts.restart(id);
    if (decision) this.#drafts.adopt(id, decision);
    this.#store.update({ clip, step, decision, problem: this.#outbox.failed.get(id)?.sentence ?? "", busy: false });
    this.#events.onClip(clip, time);
    setTimeout(() => this.#store.update({}), SETTLE_MS + 5); // decisions count from now on
    if (rationale_open) void this.#reveal.show(clip);
  }

  /**
   * The blind answer is complete: it is committed first, and only then is the rationale asked for.
   * @param {LoadedClip} clip
   * @param {FirstAnswer} answer
   */
  async #sendFirst(clip, answer) {
    const { visit } = this.#navigator;
    this.state.busy = true;
    this.#drafts.change(clip.info.id, { rater_confidence: answer.rater_confidence });
    try {
      await this.#send(clip, answer);
    } catch {
      if (visit === this.#navigator.visit) await this.#comeBack(clip);
      return;
    }
    if (visit === this.#navigator.visit) await this.#firstSaved(clip);
  }

  /** @param {LoadedClip} clip */
  async #firstSaved(clip) {
    if (clip.info.repeat || clip.info.practice) {
      void this.#navigator.countAfterDecision();
      this.#navigator.forget(clip.info.id); // it was loaded without the reviewer's first answer, or the known one
      await this.#navigator.goTo(this.state.position);
      return;
    }
    this.#store.update({ step: "reveal", busy: false });
    await this.#reveal.show(clip);
  }

  /**
   * Sends the final answer and shows the next clip at once; returns to the clip if saving fails.
   * @param {LoadedClip} clip
   * @param {LastAnswer} answer
   */
  async #sendLast(clip, answer) {
    const { visit } = this.#navigator;
    const whole = completed(answer, this.state.rationale?.pseudo_label, this.#drafts.of(clip.info.id));
    this.state.busy = true;
    const saving = this.#send(clip, whole).catch(() => null); // null where it failed
    const early = await Promise.race([saving, new Promise((resolve) => setTimeout(resolve, SAVED_FIRST_MS))]);
    if (visit === this.#navigator.visit && early !== null) void this.next();
    const decision = await saving;
    if (decision) this.#lastSaved(clip, decision);
    else await this.#comeBack(clip);
  }

  /**
   * Sends an unsaved answer again. The clip on the screen stays, because its reviewer may be writing a note.
   * @param {LoadedClip} clip
   * @param {Answer} answer
   */
  async #sendOnceMore(clip, answer) {
    const { id } = clip.info;
    const here = () => !this.#store.closed && this.#isHere(clip);
    if (this.state.busy || this.#store.closed) return;
    if (here()) this.#store.update({ busy: true });
    try {
      const decision = await this.#send(clip, answer);
      if (isFirstAnswer(answer) && here()) await this.#firstSaved(clip);
      else this.#lastSaved(clip, decision);
      if (here()) this.#store.update({ busy: false });
      this.#navigator.lookAhead(); // leases again, and loads what failed before
    } catch {
      if (here()) this.#store.update({ busy: false, problem: this.#outbox.failed.get(id)?.sentence ?? "" });
    }
  }

  /**
   * @param {LoadedClip} clip
   * @param {Answer} answer
   */
  #send(clip, answer) {
    const { id } = clip.info;
    const origin = this.#outbox.failed.get(id)?.origin ?? originOf(this.state.queue, id);
    return this.#outbox.send(clip, answer, this.#secondsOn(clip, answer), origin);
  }

  /**
   * Seconds that the reviewer spent on an answer: sent once more, those of the first time, as another clip may be on the
   * screen by now; changed meanwhile, with the time since the clip came back.
   * @param {LoadedClip} clip
   * @param {Answer} answer
   */
  #secondsOn(clip, answer) {
    const since = this.#isHere(clip) ? (performance.now() - this.#shownAt) / 1000 : 0;
    const failed = this.#outbox.failed.get(clip.info.id);
    if (!failed) return since;
    return JSON.stringify(failed.answer) === JSON.stringify(answer) ? failed.seconds : failed.seconds + since;
  }

  /** @param {SaveStatus} save */
  #sending(save) {
    this.state.save = save; // not redrawn, because drawing would delay saving
    if (!this.#store.closed) this.#events.onSending();
  }

  /**
   * @param {SaveStatus} save
   * @param {LoadedClip} clip
   * @param {Answer} answer
   * @param {Decision} decision
   */
  #saved(save, clip, answer, decision) {
    clip.info = afterAnswer(clip.info, answer);
    const undoable = withDecision(this.state.undoable, decision, clip);
    this.#store.update({ problem: this.#problemBeside(clip), undoable, save });
  }

  /**
   * @param {LoadedClip} clip
   * @param {Decision} decision
   */
  #lastSaved(clip, decision) {
    void this.#navigator.countAfterDecision();
    if (!this.#isHere(clip)) {
      this.#navigator.forget(clip.info.id);
      return;
    }
    clip.info = { ...clip.info, step: "done", decision };
    this.#store.update({ step: "done", decision });
  }

  /**
   * Returns to a clip whose answer could not be saved; loads it again if the server refused the answer.
   * @param {LoadedClip} clip
   */
  async #comeBack(clip) {
    if (this.#store.closed) return;
    const { id } = clip.info;
    const reason = "Your answer on it is not saved yet.";
    if (this.#outbox.failed.get(id)?.again) await this.#navigator.goToClip(id, reason);
    else await this.#navigator.reload(id, reason);
  }

  /** @param {LoadedClip} clip */
  #isHere(clip) {
    return clip.info.id === this.state.clip?.info.id;
  }

  /** What is asked on the screen, as a text that differs between questions. */
  get #question() {
    const { clip, step, rationale } = this.state;
    return [clip?.info.id, step, Boolean(this.draft?.label), Boolean(rationale)].join("/");
  }

  get #failedHere() {
    const { clip } = this.state;
    return clip ? this.#outbox.failed.get(clip.info.id) : undefined;
  }

  /**
   * The problem to keep showing while an answer on `clip` is saved: only that of another clip.
   * @param {LoadedClip} clip
   */
  #problemBeside(clip) {
    return this.#isHere(clip) ? "" : this.state.problem;
  }
}
