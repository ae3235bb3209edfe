// The reviewer's way through a queue: which clip, which step, what is being saved. It knows nothing of the screen;
// the views read `state` after every "change".

import { FIRST_WORDS, savedSentence, tellBulk, verdictsOn, withDecision } from "./answers.js";
import { ApiError } from "./api.js";
import { ClipLoader } from "./clips.js";
import { Drafts } from "./drafts.js";
import { Leases } from "./leases.js";
import { extended, opened, placed, without } from "./queue.js";
import { Saving } from "./saving.js";

const NOT_FOUND = 404;
const AHEAD = 2; // clips whose media and key points are held ready
const LOW_WATER = 3; // clips left in the queue when it is asked for again
const COUNT_MS = 2_500; // of rest before the queues are counted
const AGAIN_MS = 3_000; // from one look whether the server answers again to the next
// Drawing a clip holds up the word that the last one is saved, so it waits for that; still too short to be felt as waiting.
const SAVED_FIRST_MS = 80;
const SAVING_SHOWN_MS = 100; // drawing "saving" would itself hold the saving up, and is seen only where it lasts
const SETTLE_MS = 250; // a decision key this soon after the clip changed was meant for the clip before

export class Session extends EventTarget {
  state = {
    queue: { kind: "", items: [], more: false },
    queues: [], // every queue: {kind, title, size}
    position: 0,
    clip: null, // as loaded; null while loading or where the queue is empty
    step: "loading", // loading | label | reveal | done | empty | failed
    rationale: null,
    busy: false, // a step is being saved before the next can begin
    save: { state: "idle", sentence: "" }, // idle | saving | saved | failed
    problem: "", // a sentence over the clip that has one
    undoable: [],
    ahead: 0, // clips after this one that are held ready
    decision: null, // this reviewer's own last word on the clip, where step is "done"
    openAt: "", // who else has this clip open
    reserved: true, // whether others are told that it is open here
  };
  #api;
  #loader;
  #drafts;
  #saving;
  #leases;
  #shownAt = 0;
  #visit = 0;
  #closed = false;
  #later = 0;
  #counting = 0;
  #linked = null; // {clip_id, answer_id}: the labeler's answer that the address of the page names
  #listening = new AbortController();

  constructor(api, data) {
    super();
    this.#api = api;
    this.data = data;
    this.state.queues = data.queues;
    this.#loader = new ClipLoader(api);
    this.#drafts = new Drafts(data.reviewer.id);
    this.#saving = new Saving(api, this.#drafts);
    this.#leases = new Leases(api, data.lease_minutes, (names) => this.#taken(names));
    if (data.clip_id && data.answer_id) this.#linked = { clip_id: data.clip_id, answer_id: data.answer_id };
    window.addEventListener("online", () => this.#sendKept(), { signal: this.#listening.signal });
  }

  get draft() {
    return this.state.clip ? this.#drafts.of(this.state.clip.info.id) : null;
  }

  get item() {
    return this.state.queue.items[this.state.position] ?? null;
  }

  /** Whether leaving the page now would lose an answer. */
  get unsaved() {
    return this.#saving.unsaved;
  }

  /** Whether the answer on this clip was sent and could not be saved. */
  get canSaveAgain() {
    return this.#saving.failed.get(this.state.clip?.info.id)?.again ?? false;
  }

  close() {
    this.#closed = true;
    clearTimeout(this.#later);
    clearTimeout(this.#counting);
    this.#listening.abort();
    this.#leases.close();
    this.#loader.keep([]);
  }

  async openQueue(kind, clipId = null, time = 0) {
    this.#update({ queue: { kind, items: [], more: false }, position: 0, step: "loading", clip: null, problem: "" });
    try {
      const answer = await this.#api.json(`/queue?kind=${encodeURIComponent(kind)}`);
      const { queue, position } = opened(kind, answer, clipId);
      this.#update({ queue, undoable: answer.undoable });
      await this.#goTo(position, time);
      if (this.state.queues.some(({ size }) => size === null)) void this.countQueues(); // the clip comes first
    } catch (error) {
      this.#failed(error);
    }
  }

  /** The numbers again once nothing has been decided for a moment, so that counting holds no decision up. */
  #countLater() {
    clearTimeout(this.#counting);
    this.#counting = setTimeout(() => this.countQueues(), COUNT_MS);
  }

  /** How many clips each queue holds by now; the numbers before stay where the server does not answer. */
  async countQueues() {
    const queues = await this.#api.json("/queues").catch(() => this.state.queues);
    this.#update({ queues });
  }

  next() {
    return this.#goTo(this.state.position + 1);
  }

  previous() {
    return this.state.position > 0 ? this.#goTo(this.state.position - 1) : undefined;
  }

  /** A label key or button: on the label step it chooses, after the reveal it decides. */
  chooseLabel(label) {
    const { step } = this.state;
    if (!this.ready) return;
    if (step === "label") this.#put({ label, sureness: null });
    else this.#decide(label);
  }

  /** Back from sureness to the choice of the label. */
  unchoose() {
    if (this.state.step === "label" && this.ready) this.#put({ label: null, sureness: null });
  }

  /** The blind answer is complete: it is committed first, and only then is the rationale asked for. */
  async chooseSureness(sureness) {
    const { step, clip } = this.state;
    if (step !== "label" || !this.ready || !this.draft.label) return;
    const visit = this.#visit;
    this.state.busy = true;
    this.#drafts.change(clip.info.id, { sureness });
    try {
      await this.#save(clip, { kind: clip.info.repeat ? "repeat" : "blind", label: this.draft.label, sureness });
    } catch {
      if (visit === this.#visit) await this.#comeBack(clip);
      return;
    }
    if (visit === this.#visit) await this.#firstWordSaved(clip);
  }

  async #firstWordSaved(clip) {
    if (clip.info.repeat) {
      this.#loader.forget(clip.info.id); // it was told without what its reviewer had said of it
      await this.#goTo(this.state.position);
      return;
    }
    this.#update({ step: "reveal", busy: false });
    await this.#reveal();
  }

  /** A or Enter: keep one's own blind answer; in assisted mode, take the model's. */
  keep() {
    if (!this.#open || !this.ready) return;
    const label = this.keptLabel;
    if (label) this.#decide(label);
  }

  /** What A keeps: the decision that stands, else one's own blind answer; the model's in assisted mode. */
  get keptLabel() {
    const { clip, rationale, decision, step } = this.state;
    if (step === "done" && decision?.label) return decision.label;
    if (clip?.info.mode === "assisted") return rationale?.pseudo_label?.label ?? null;
    return clip?.info.blind?.label ?? null;
  }

  get #open() {
    return this.state.step === "reveal" || this.state.step === "done";
  }

  unclear() {
    if (this.state.clip?.info.repeat) return; // a second judgement changes no label
    const pseudo_label_id = this.state.rationale?.pseudo_label?.id ?? null;
    if (this.#deciding()) this.#finish({ kind: "unclear", pseudo_label_id });
  }

  skip() {
    if (this.#deciding()) this.#finish({ kind: "skip" });
  }

  setVerdict(claimId, verdict) {
    if (!this.#open) return;
    const verdicts = { ...this.draft.verdicts };
    if (verdicts[claimId] === verdict) delete verdicts[claimId];
    else verdicts[claimId] = verdict;
    this.#put({ verdicts });
  }

  setNote(note) {
    if (this.state.clip) this.#drafts.change(this.state.clip.info.id, { note });
  }

  retryLoading() {
    return this.state.queue.items.length ? this.#goTo(this.state.position) : this.openQueue(this.state.queue.kind);
  }

  retryReveal() {
    return this.#reveal();
  }

  /** Another labeler's answer for the clip, or another version's, in place of the one that is shown. */
  async showAnswer(id) {
    const visit = this.#visit;
    const { clip } = this.state;
    if (!this.#open || !clip) return;
    try {
      const rationale = await this.#api.json(`/clips/${clip.info.id}/rationale?pseudo_label=${id}`);
      if (visit !== this.#visit) return;
      clip.rationale = rationale;
      this.#update({ rationale, problem: "" });
      this.dispatchEvent(new Event("revealed"));
    } catch (error) {
      if (visit === this.#visit) this.#update({ problem: `The other answer cannot be shown: ${error.message}` });
    }
  }

  /** Takes back this reviewer's last decision and returns to its clip; a bulk accept is one decision. */
  async undo() {
    await this.#saving.answered;
    const last = this.state.undoable[0];
    if (!last || this.state.busy || this.#closed) return;
    this.#update({ busy: true });
    try {
      if (last.bulk_id) await this.#undoBulk(last);
      else await this.#undoOne(last);
    } catch (error) {
      this.#update({ busy: false, save: { state: "failed", sentence: `Not taken back: ${error.message}` } });
    }
  }

  async #undoOne(last) {
    const { clip_id } = last;
    await this.#saving.takeBack(last);
    this.#takenBack(last, `Taken back: ${last.clip_name}`, clip_id);
    this.#loader.forget(clip_id);
    this.#countLater();
    await this.#goToClip(clip_id, "You took your decision back.");
  }

  async #undoBulk(last) {
    const { clips, job_id } = await this.#saving.takeBackBulk(last.bulk_id);
    this.#takenBack(last, job_id ? `Job ${job_id} takes back ${tellBulk(last)}` : `Taken back: ${tellBulk({ clips })}`, null);
    void this.countQueues();
  }

  #takenBack(step, sentence, clip_id) {
    const undoable = this.state.undoable.filter(({ id, bulk_id }) => id !== step.id || bulk_id !== step.bulk_id);
    this.#update({ undoable, busy: false, save: { state: "saved", sentence, clip_id, kind: "undo" } });
  }

  #deciding() {
    return (this.state.step === "label" || this.#open) && this.ready;
  }

  /** Whether a decision key counts now: not while one is being saved, nor in the first moment of a clip. */
  get ready() {
    return Boolean(this.state.clip) && !this.state.busy && performance.now() - this.#shownAt >= SETTLE_MS;
  }

  #decide(label) {
    const { rationale } = this.state;
    if (rationale) this.#finish({ kind: "final", label, pseudo_label_id: rationale.pseudo_label?.id ?? null });
  }

  /** Sends the last word on the clip and shows the next one at once; comes back where it cannot be saved. */
  async #finish(answer) {
    const visit = this.#visit;
    const { clip } = this.state;
    const { verdicts, note } = this.draft;
    const claim_verdicts = verdictsOn(this.state.rationale?.pseudo_label, answer.pseudo_label_id, verdicts);
    this.state.busy = true;
    const saving = this.#save(clip, { ...answer, claim_verdicts, note }).then(
      (decision) => ({ decision }),
      () => ({ failed: true }),
    );
    const early = await Promise.race([saving, new Promise((resolve) => setTimeout(resolve, SAVED_FIRST_MS))]);
    if (visit === this.#visit && !early?.failed) this.next();
    const { decision, failed } = await saving;
    if (failed) await this.#comeBack(clip);
    else this.#settled(clip, decision);
  }

  /** Sends the answer that could not be saved once more, under the token it had. */
  async saveAgain() {
    const { clip } = this.state;
    const failed = this.#saving.failed.get(clip?.info.id);
    if (!failed?.again || this.state.busy) return;
    if (FIRST_WORDS.has(failed.answer.kind)) this.chooseSureness(failed.answer.sureness);
    else this.#finish(failed.answer);
  }

  /** While the server cannot be reached, looks now and then whether it answers again. */
  #sendLater() {
    clearTimeout(this.#later);
    if (!this.#closed && this.#saving.unreached.length) this.#later = setTimeout(() => this.#sendKept(), AGAIN_MS);
  }

  /** Sends what did not come to the server, each under its token, so that none counts twice. */
  async #sendKept() {
    if (this.#saving.unreached.length && (await this.#api.answers()))
      for (const { clip, answer } of this.#saving.unreached) await this.#sendOnceMore(clip, answer);
    this.#sendLater();
  }

  /** The clip on the screen stays there when its answer has been saved: its reviewer may be at a note by now. */
  async #sendOnceMore(clip, answer) {
    const { id } = clip.info;
    const here = () => !this.#closed && id === this.state.clip?.info.id;
    if (this.state.busy || this.#closed) return;
    if (here()) this.#update({ busy: true });
    try {
      const decision = await this.#save(clip, answer);
      if (FIRST_WORDS.has(answer.kind) && here()) await this.#firstWordSaved(clip);
      else this.#settled(clip, decision);
      if (here()) this.#update({ busy: false });
      this.#lookAhead(); // reserved again, and loaded what could not be
    } catch {
      if (here()) this.#update({ busy: false, problem: this.#saving.failed.get(id)?.sentence ?? "" });
    }
  }

  #settled(clip, decision) {
    const { id } = clip.info;
    this.#countLater();
    if (id !== this.state.clip?.info.id) {
      this.#loader.forget(id);
    } else {
      clip.info.step = "done";
      clip.info.decision = decision;
      this.#update({ step: "done", decision });
    }
  }

  /** Back to a clip whose answer could not be saved; where the log says otherwise, the clip is asked for anew. */
  async #comeBack(clip) {
    if (this.#closed) return;
    const { id } = clip.info;
    if (!this.#saving.failed.get(id)?.again) this.#loader.forget(id);
    await this.#goToClip(id, "Your answer on it is not saved yet.");
  }

  /** Resolves once the decision has committed, and not before. */
  async #save(clip, answer) {
    const { id, name } = clip.info;
    const problem = () => (id === this.state.clip?.info.id ? "" : this.state.problem);
    const saving = { state: "saving", sentence: `Saving ${name}…` };
    const late = setTimeout(() => this.#update({ problem: problem(), save: saving }), SAVING_SHOWN_MS);
    const sent = this.#saving.send(clip, answer, (performance.now() - this.#shownAt) / 1000);
    this.state.save = saving;
    this.dispatchEvent(new Event("sending"));
    try {
      const decision = await sent;
      if (answer.kind === "blind") {
        const blind = { label: answer.label, sureness: answer.sureness };
        Object.assign(clip.info, { step: "reveal", rationale_open: true, blind });
      }
      this.#update({
        problem: problem(),
        undoable: withDecision(this.state.undoable, decision, clip),
        save: { state: "saved", sentence: savedSentence(name, decision, this.data.taxonomy), clip_id: id, kind: decision.kind },
      });
      return decision;
    } catch (error) {
      this.#update({ save: { state: "failed", sentence: `Not saved: ${name}` } });
      this.#sendLater();
      throw error;
    } finally {
      clearTimeout(late);
    }
  }

  async #reveal() {
    const visit = this.#visit;
    const { clip } = this.state;
    try {
      clip.rationale ??= (await this.#linkedAnswer(clip)) ?? (await this.#api.json(`/clips/${clip.info.id}/rationale`));
      if (visit !== this.#visit) return;
      this.#update({ rationale: clip.rationale });
      this.dispatchEvent(new Event("revealed"));
    } catch (error) {
      if (visit === this.#visit) this.#update({ problem: `The rationale cannot be shown: ${error.message}` });
    }
  }

  /** What the page was opened to show of this clip, once; null where it was opened without, or the answer is not there. */
  async #linkedAnswer(clip) {
    if (this.#linked?.clip_id !== clip.info.id) return null;
    const { answer_id } = this.#linked;
    this.#linked = null;
    try {
      return await this.#api.json(`/clips/${clip.info.id}/rationale?pseudo_label=${answer_id}`);
    } catch (error) {
      if (error.status !== NOT_FOUND) throw error;
      this.#update({ problem: `The answer that the link names is not there; the newest one is shown. ${error.message}` });
      return null;
    }
  }

  async #goToClip(clipId, reason) {
    const { queue, position } = this.state;
    const { items, at } = placed(queue.items, clipId, position, reason);
    this.#update({ queue: { ...queue, items } });
    await this.#goTo(at);
  }

  async #goTo(position, time = 0) {
    const { items, kind } = this.state.queue;
    const visit = ++this.#visit;
    if (position >= items.length) {
      this.#update({ step: "loading", clip: null, rationale: null, problem: "", busy: false });
      this.dispatchEvent(new CustomEvent("clip", { detail: { clip: null, time: 0 } }));
      await this.#saving.answered;
      return visit === this.#visit ? this.#refill(visit) : undefined;
    }
    const id = items[position].clip_id;
    const ahead = items.slice(position + 1, position + 1 + AHEAD).map((item) => item.clip_id);
    const behind = position > 0 ? [items[position - 1].clip_id] : [];
    this.#loader.keep([id, ...ahead, ...behind, ...this.#saving.clipIds]);
    const loading = this.#loader.load(id);
    this.#update({ position, rationale: null, problem: "", busy: true, decision: null, openAt: "" });
    try {
      const clip = await Promise.race([loading, new Promise((resolve) => setTimeout(resolve, 80))]);
      if (!clip && visit === this.#visit) this.#update({ clip: null, step: "loading" });
      const loaded = clip ?? (await loading);
      if (visit !== this.#visit || this.#closed) return;
      this.#arrive(loaded, time);
    } catch (error) {
      if (visit === this.#visit) this.#failed(error);
      return;
    }
    this.#lookAhead();
    if (this.state.queue.more && items.length - position <= LOW_WATER) this.#extend(kind);
  }

  /** Clips that a colleague has open go from the way ahead; one that was opened here meanwhile is left untouched for them. */
  #taken(names) {
    const { queue, position, clip, step } = this.state;
    const id = clip?.info.id;
    if (names === null) {
      this.#update({ openAt: "", reserved: false });
      return;
    }
    const left = without(queue, position, names);
    this.#update({ queue: left, openAt: names.get(id) ?? "", reserved: true });
    const untouched = step === "label" && !this.draft?.label && !this.draft?.note;
    if (names.has(id) && untouched && !left.items[position].asked && position + 1 < left.items.length) {
      left.items.splice(position, 1);
      this.#goTo(position);
    } else if (left.items.length < queue.items.length) {
      this.#lookAhead();
    }
  }

  /** The clips after this one: reserved here, then held ready. */
  #lookAhead() {
    const visit = this.#visit;
    const { clip, queue, position } = this.state;
    if (!clip) return; // what comes next is looked at when this one has arrived
    const ahead = queue.items.slice(position + 1, position + 1 + AHEAD).map((item) => item.clip_id);
    this.#saving.answered.then(() => visit === this.#visit && this.#leases.hold([clip.info.id, ...ahead]));
    this.#prefetch(ahead, visit);
  }

  async #prefetch(ids, visit) {
    this.#update({ ahead: 0 });
    await this.#saving.answered; // a decision on its way goes before what is only wanted later
    await this.#loader.ahead(ids, (here) => {
      if (visit === this.#visit && here) this.#update({ ahead: this.state.ahead + 1 });
      return visit === this.#visit;
    });
  }

  #arrive(clip, time) {
    this.#shownAt = performance.now();
    const { id, step, decision } = clip.info;
    const problem = this.#saving.failed.get(id)?.sentence ?? "";
    if (clip.info.repeat) this.#drafts.restart(id);
    if (decision) this.#drafts.adopt(id, decision);
    this.#update({ clip, step, decision, problem, busy: false });
    this.dispatchEvent(new CustomEvent("clip", { detail: { clip, time } }));
    setTimeout(() => this.#update({}), SETTLE_MS + 5);
    if (clip.info.rationale_open) this.#reveal();
  }

  /** The end of the queue: asks whether it has grown. */
  async #refill(visit) {
    const { kind, items } = this.state.queue;
    try {
      const answer = await this.#api.json(`/queue?kind=${encodeURIComponent(kind)}`);
      if (visit !== this.#visit) return;
      const seen = new Set(items.map((item) => item.clip_id));
      const fresh = answer.items.filter((item) => !seen.has(item.clip_id));
      this.#update({ undoable: answer.undoable, queue: { ...this.state.queue, items: [...items, ...fresh], more: answer.more } });
      if (fresh.length) await this.#goTo(items.length);
      else {
        await this.countQueues();
        if (visit === this.#visit) this.#update({ position: items.length, step: "empty" });
      }
    } catch (error) {
      if (visit === this.#visit) this.#failed(error);
    }
  }

  async #extend(kind) {
    try {
      const answer = await this.#api.json(`/queue?kind=${encodeURIComponent(kind)}`);
      if (kind !== this.state.queue.kind) return;
      this.#update({ queue: extended(this.state.queue, answer) });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error; // the end of the queue asks again, and says so if it fails
    }
  }

  #failed(error) {
    this.#update({ step: "failed", clip: null, busy: false, problem: error.message });
  }

  #put(changes) {
    this.#drafts.change(this.state.clip.info.id, changes);
    this.#update({});
  }

  #update(changes) {
    if (this.#closed) return;
    Object.assign(this.state, changes);
    this.dispatchEvent(new Event("change"));
  }
}
