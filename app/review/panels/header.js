// The line above the picture: queue and position, clip, why it is in the queue, and whether everything is saved.

import { el, icon } from "../elements.js";
import { canFillScreen } from "../full_screen.js";
import { bulkInWords } from "../session/undo.js";

/** @import { Child } from "../elements.js" */
/** @import { Does, KeyButtons } from "../keyboard/key_buttons.js" */
/** @import { Session } from "../session/session.js" */
/** @import { Actions, ClipInfo, Decision, Labels, LoadedClip, QueueSize, Rationale, ReviewState } from "../types.d.ts" */

export class Header {
  #queue;
  #position = el("span", { class: "position", "data-testid": "position" });
  #name = el("span", { class: "clip-name" });
  #badges = el("span", { class: "badges" });
  #reason = el("span", { class: "reason quiet", "data-testid": "reason" });
  #save = el("span", { class: "save", role: "status", "data-testid": "save-state" });
  #undo;
  #session;
  #labels;
  #buttons;

  /**
   * @param {Session} session
   * @param {Labels} labels
   * @param {Actions} actions
   * @param {KeyButtons} buttons
   */
  constructor(session, labels, actions, buttons) {
    this.#buttons = buttons;
    /** @type {(face: Child, does: Does, title: string, onclick: () => void, testid: string) => HTMLButtonElement} */
    const tool = (face, does, title, onclick, testid) =>
      buttons.make(does, { class: "tool", title, "data-testid": testid, onclick }, face, buttons.kbd());
    this.#session = session;
    this.#labels = labels;
    this.#queue = el("select", {
      class: "queue",
      "aria-label": "Queue",
      "data-testid": "queue",
      onchange: () => this.#chosen(actions),
      onpointerenter: () => session.countQueues(), // so that the numbers are current when the list opens
      onfocus: () => session.countQueues(),
    });
    this.#undo = tool("Undo", ["undo"], "Take the last decision back", () => actions.undo(), "undo");
    const full = tool(icon("full"), ["fullScreen"], "Full screen", () => actions.fullScreen(), "full-screen");
    full.hidden = !canFillScreen();
    this.root = el(
      "header",
      { class: "head" },
      el(
        "div",
        { class: "group" },
        this.#queue,
        tool(icon("previous"), ["previous"], "Previous clip", () => actions.previous(), "previous"),
        this.#position,
        tool(icon("next"), ["next"], "Next clip", () => actions.next(), "next"),
      ),
      el("div", { class: "which" }, el("div", { class: "name-line" }, this.#name, this.#badges), this.#reason),
      el(
        "div",
        { class: "group right" },
        this.#save,
        this.#undo,
        full,
        tool("Manual", ["manual"], "Coding manual", () => actions.manual(), "open-manual"),
        tool("Keys", ["help"], "All keys", () => actions.help(), "open-help"),
      ),
    );
  }

  /** @param {Actions} actions */
  #chosen(actions) {
    this.#queue.blur(); // so that keys reach the screen again
    actions.openQueue(this.#queue.value);
    this.#session.countQueues();
  }

  /**
   * The queues with their sizes; only what has changed is written, which avoids redrawing an open list.
   * @param {QueueSize[]} queues
   */
  #list(queues) {
    const listed = [...this.#queue.options].map(({ value }) => value);
    if (listed.join() !== queues.map(({ kind }) => kind).join())
      this.#queue.replaceChildren(...queues.map(({ kind }) => el("option", { value: kind })));
    for (const [place, { title, size }] of queues.entries()) {
      const told = size === null ? title : `${title} (${size})`;
      if (this.#queue.options[place].textContent !== told) this.#queue.options[place].textContent = told;
    }
  }

  render() {
    const { queue, queues, position, clip, save, undoable, step, busy, decision } = this.#session.state;
    this.#list(withCurrent(queues, queue.kind, this.#queue.selectedOptions[0]?.textContent ?? ""));
    this.#queue.value = queue.kind;
    const number = Math.max(queue.items.length, queue.total ?? 0);
    this.#position.textContent = step === "empty" ? "end" : `${Math.min(position + 1, number)} of ${number}`;
    const left = queues.find(({ kind }) => kind === queue.kind)?.size ?? null;
    const waiting = left === null ? "" : `; ${left} wait in it now`;
    this.#position.title = `Of the ${number} clips that this queue has had since you opened it${waiting}`;
    this.#name.textContent = clip ? clip.info.name : "";
    this.#badges.replaceChildren(...(clip ? badgesOf(clip, this.#session.state, this.#labels) : []));
    this.#reason.textContent = clip ? reasonNow(queue.kind, this.#session.item, clip.info, decision) : "";
    this.#reason.title = this.#reason.textContent;
    this.#save.dataset.state = save.state;
    this.#save.textContent = save.sentence;
    this.#save.title = save.sentence;
    this.#undo.disabled = undoable.length === 0 || busy;
    const last = undoable[0];
    const what = last && (last.bulk_id === undefined ? last.clip_name : bulkInWords(last));
    this.#buttons.retitle(this.#undo, what ? `Take back: ${what}` : "Nothing to take back");
  }
}

/**
 * The queues with the one that is gone through, which may have left the list: practice that is done.
 * @param {QueueSize[]} queues
 * @param {string} kind of the queue that is gone through
 * @param {string} title that it had
 * @returns {QueueSize[]}
 */
export function withCurrent(queues, kind, title) {
  if (queues.some((one) => one.kind === kind)) return queues;
  return [{ kind, title: title.replace(/ \(\d+\)$/, ""), size: null }, ...queues];
}

/**
 * Why the clip is in the queue. Those to judge are there for want of an answer, which is untrue once it is saved.
 * @param {string} kind of the queue
 * @param {{reason: string} | null} item
 * @param {Pick<ClipInfo, "blind">} info
 * @param {Decision | null} decision of the reviewer on the clip
 */
export function reasonNow(kind, item, { blind }, decision) {
  if (kind === "unreviewed" && item && (blind || decision)) return "Your answer on this clip is saved.";
  return item?.reason ?? "";
}

/**
 * The most important first, because a narrow window cuts off the last ones; "simulated" is also on the picture.
 * @param {LoadedClip} clip
 * @param {Pick<ReviewState, "openAt" | "reserved" | "rationale" | "decision">} state
 * @param {Labels} labels
 */
function badgesOf(clip, { openAt, reserved, rationale, decision }, labels) {
  const { name, subject, simulated, reliability_sample, mode, practice } = clip.info;
  const badges = [];
  if (subject !== name) badges.push(el("span", { class: "quiet" }, subject));
  if (openAt) badges.push(badge(`open at ${openAt}'s`, "Both judgments would be kept"));
  if (!reserved)
    badges.push(badge("not reserved", "The server did not answer: a colleague may be given this clip too"));
  const gold = goldBadge(clip.info, rationale, decision, labels);
  if (gold) badges.push(badge(...gold));
  if (practice) badges.push(badge("practice", "For practice: your answer counts nowhere"));
  if (reliability_sample) badges.push(badge("reliability", "Of the reliability sample: always judged blind"));
  if (mode === "assisted") badges.push(badge("assisted"));
  if (simulated) badges.push(badge("simulated", "This clip and all that is known of it are simulated"));
  return badges;
}

/**
 * The badge of a clip for which a person says something else than gold; null before the rationale is shown.
 * @param {Pick<ClipInfo, "blind">} info
 * @param {Pick<Rationale, "gold"> | null} rationale
 * @param {Pick<Decision, "label"> | null} decision
 * @param {Labels} labels
 * @returns {[words: string, title: string] | null}
 */
export function goldBadge({ blind }, rationale, decision, labels) {
  const gold = rationale?.gold;
  if (!gold) return null;
  const own = decision?.label ?? blind?.label;
  const says = `gold says ${labels.of(gold.label).title}`;
  if (own && own !== gold.label) return ["differs from gold", `You said ${labels.of(own).title}; ${says}`];
  if (!gold.replaced_by) return null;
  return ["differs from gold", `A person's ${labels.of(gold.replaced_by).title} counts for this clip; ${says}`];
}

/**
 * @param {string} words
 * @param {string} [title]
 */
function badge(words, title) {
  return el("span", { class: "badge", title }, words);
}
