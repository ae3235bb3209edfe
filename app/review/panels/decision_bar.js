// The decision bar: the question of the current step, its answers as buttons with keys, and the note.

import { button, el, kbd } from "../elements.js";
import { nextQueue } from "../session/queue.js";
import { isTested } from "../session/steps.js";
import { bulkInWords } from "../session/undo.js";
import { confidenceInWords, RATER_CONFIDENCE } from "./confidence_words.js";
import { LabelPalette } from "./label_palette.js";
import { PRACTICE_WORDS, practicedWords } from "./practice.js";

/** @import { KeyButtons, Does } from "../keyboard/key_buttons.js" */
/** @import { Session } from "../session/session.js" */
/** @import { Actions, ClipInfo, Decision, Draft, Labels, LoadedClip, UndoStep } from "../types.d.ts" */

/** @typedef {[question: HTMLElement[], answers: HTMLElement[]]} Asked the text on the left, and the buttons */

const FEW_LABELS = 4; // up to this many labels, the answers are one row of large buttons
const MOST_BUTTONS = 9; // labels that can have a button and a digit each; of more, one types

export class DecisionBar {
  #question = el("div", { class: "question", "aria-live": "polite" });
  #answers = el("div", { class: "answers", role: "group" });
  #note;
  #noteKey;
  /** @type {LabelPalette | null} where there are many labels */
  #palette = null;
  #notTaken = el("div", { class: "not-taken", role: "status", "data-testid": "not-taken", hidden: true });
  #shown = "";
  #clicks = 0; // a double click is one press twice

  #session;
  #labels;
  #actions;
  #buttons;

  /**
   * @param {Session} session
   * @param {Labels} labels
   * @param {Actions} actions
   * @param {KeyButtons} buttons
   */
  constructor(session, labels, actions, buttons) {
    this.#buttons = buttons;
    this.#session = session;
    this.#labels = labels;
    this.#actions = actions;
    this.#note = el("textarea", {
      class: "note-field",
      rows: "2",
      maxlength: "10000",
      placeholder: "Note (optional)",
      "aria-label": "Note",
      "data-testid": "note",
      oninput: () => session.setNote(this.#note.value),
      /** @param {KeyboardEvent} event */
      onkeydown: (event) => event.key === "Escape" && this.#note.blur(),
    });
    const attributes = { class: "note-key", title: "Write the note", onclick: () => actions.note() };
    this.#noteKey = buttons.make(["note"], attributes, buttons.kbd());
    if (labels.all.length > MOST_BUTTONS)
      this.#palette = new LabelPalette(labels, buttons, {
        choose: (label) => actions.label(label),
        type: () => actions.typeLabel(),
        pressed: (act) => this.#pressed(act),
        isRepeat: (press) => session.isRepeat(press),
      });
    this.root = el(
      "section",
      {
        ...{ class: "decide", "aria-label": "Decision", "data-testid": "decision-bar" },
        "data-many": String(labels.all.length > FEW_LABELS),
        "data-palette": String(this.#palette !== null),
      },
      this.#question,
      this.#answers,
      el("div", { class: "note-box" }, this.#note, this.#noteKey),
      this.#notTaken,
    );
  }

  /** Puts the cursor into the note, where there is one. */
  writeNote() {
    this.#note.focus();
  }

  /** Puts the cursor where a label is typed, where one is asked for in that way. */
  typeLabel() {
    if (this.#palette?.root.isConnected) this.#palette.focus();
  }

  /** The keys have changed. */
  relabel() {
    this.#shown = "";
    this.render();
  }

  render() {
    const { step, clip, busy, decision, rationale, undoable, notTaken } = this.#session.state;
    const { draft } = this.#session;
    this.#notTaken.hidden = !notTaken;
    this.#notTaken.textContent = notTaken;
    const [id, shown] = [clip?.info.id, Boolean(rationale)];
    const chosen = [draft?.label, draft?.rater_confidence, decision?.id, undoable[0]];
    const begins = this.#session.mayBegin && this.#beginWords();
    const shape = JSON.stringify([step, id, busy, chosen, shown, begins]);
    if (shape === this.#shown) return;
    this.#shown = shape;
    const tested = clip !== null && isTested(clip.info);
    const open = clip && draft && !tested && ["label", "reveal", "done", "practiced"].includes(step);
    this.root.dataset.step = step;
    const noted = open && !clip.info.practice; // no row of the log would keep a note on practice
    this.#note.hidden = !noted;
    this.#noteKey.hidden = !noted;
    if (open && this.#note.value !== draft.note) this.#note.value = draft.note;
    const [question, answers] = open ? this.#ask(clip, draft) : [tested ? testedWords() : [], []];
    this.#question.replaceChildren(...question);
    this.#answers.replaceChildren(...answers);
    for (const one of this.#answers.querySelectorAll("button")) one.disabled ||= busy;
  }

  /**
   * @param {LoadedClip} clip
   * @param {Draft} draft
   * @returns {Asked}
   */
  #ask(clip, draft) {
    if (this.#session.state.step === "practiced") return this.#askNext(clip);
    if (this.#session.state.step !== "label") return this.#askKeep(clip);
    return draft.label ? this.#askConfidence(clip, draft, draft.label) : this.#askLabel(clip);
  }

  /**
   * @param {LoadedClip} clip
   * @returns {Asked}
   */
  #askLabel({ info }) {
    const words = info.practice
      ? PRACTICE_WORDS
      : info.repeat
        ? "A second time, without your first answer"
        : "Your own answer, before the model's";
    return [
      [el("b", {}, "What do you see?"), el("span", { class: "quiet" }, words)],
      [...this.#labelChoice("choose-label", null, true), this.#rule(), ...this.#aside(info)],
    ];
  }

  /**
   * @param {LoadedClip} clip
   * @param {Draft} draft
   * @param {string} label that is chosen
   * @returns {Asked}
   */
  #askConfidence({ info }, draft, label) {
    const { title, color } = this.#labels.of(label);
    const levels = RATER_CONFIDENCE.map(([level, name]) =>
      button(
        {
          class: "answer",
          "data-testid": `rater-confidence-${level}`,
          "aria-pressed": String(draft.rater_confidence === level),
          "aria-keyshortcuts": level,
          onclick: this.#pressed(() => this.#actions.raterConfidence(level)),
        },
        kbd(level),
        name,
      ),
    );
    const attributes = { class: "plain", onclick: () => this.#actions.unchoose(), title: "Back to the label" };
    const back = this.#buttons.make(["unchoose"], attributes, this.#buttons.kbd(), "Back");
    return [
      [el("b", {}, "How sure are you?"), el("span", { class: "chip", style: `--chip: ${color}` }, title)],
      [...levels, this.#rule(), back, ...this.#aside(info)],
    ];
  }

  /**
   * @param {LoadedClip} clip
   * @returns {Asked}
   */
  #askKeep(clip) {
    const done = this.#session.state.step === "done";
    const assisted = clip.info.mode === "assisted";
    const ready = Boolean(this.#session.state.rationale);
    const kept = this.#session.keptLabel;
    const others = this.#labelChoice("change-label", kept, ready);
    const [heading, words] = done
      ? this.#done(clip)
      : assisted
        ? ["Accept or change?", "The model's answer is shown"]
        : ["Keep or change?", this.#blindWords(clip)];
    const keep = kept ? [this.#keep(kept, assisted && !done ? "Accept" : "Keep", ready)] : [];
    return [
      [el("b", {}, heading), el("span", { class: "quiet" }, words)],
      [...keep, ...others, this.#rule(), this.#unclear(), done ? this.#next() : this.#skip()],
    ];
  }

  /**
   * @param {string} label
   * @param {string} verb
   * @param {boolean} ready
   */
  #keep(label, verb, ready) {
    const { title, color } = this.#labels.of(label);
    return this.#buttons.make(
      ["keep"],
      {
        class: "answer keep",
        style: `--chip: ${color}`,
        "data-testid": "keep",
        disabled: !ready,
        onclick: this.#pressed(() => this.#actions.keep()),
      },
      this.#buttons.kbd(),
      el("span", { class: "answer-words" }, `${verb} ${title}`),
    );
  }

  /** @param {LoadedClip} clip */
  #blindWords(clip) {
    const blind = clip.info.blind;
    if (!blind) return "";
    const sure = confidenceInWords(blind.rater_confidence);
    return `You said ${this.#labels.of(blind.label).title}${sure ? `, ${sure}` : ""}`;
  }

  /**
   * @param {LoadedClip} clip
   * @returns {[heading: string, words: string]}
   */
  #done(clip) {
    const { decision, undoable } = this.#session.state;
    const words = decision?.label ? this.#labels.of(decision.label).title : (decision?.kind ?? "");
    const { twice } = clip.info;
    if (!twice)
      return [`Decided: ${words}`, decision ? doneWords(decision, undoable, this.#buttons.face(["undo"])) : ""];
    const [first, second] = [twice.first, twice.second].map((label) => this.#labels.of(label).title);
    const steady =
      twice.first === twice.second ? `${first} both times` : `${first} at first, ${second} the second time`;
    return [`Decided: ${words}`, `You said ${steady}, before any model`];
  }

  /**
   * After a practice answer.
   * @param {LoadedClip} clip
   * @returns {Asked}
   */
  #askNext({ info }) {
    const feedback = info.practice?.feedback;
    const [heading, words] = feedback ? practicedWords(feedback, this.#labels) : ["Answered", ""];
    const answers = this.#session.mayBegin ? this.#begin() : [this.#next()];
    return [[el("b", {}, heading), el("span", { class: "quiet" }, words)], answers];
  }

  /** On to what counts, by the key of the next clip, or to one more practice clip. */
  #begin() {
    const { queue, position } = this.#session.state;
    const attributes = {
      class: "answer",
      "data-testid": "begin-now",
      onclick: this.#pressed(() => this.#actions.next()),
    };
    const begin = this.#buttons.make(["next"], attributes, this.#buttons.kbd(), this.#beginWords());
    const more = { class: "answer quiet-answer", onclick: this.#pressed(() => void this.#session.practiceOn()) };
    return [begin, ...(position + 1 < queue.items.length ? [button(more, "Practice on")] : [])];
  }

  #beginWords() {
    const { queues, queue } = this.#session.state;
    return `Begin: ${nextQueue(queues, queue.kind)?.title ?? "To judge"}`;
  }

  /**
   * The other actions for a clip; a repeat changes no label, so it can only be skipped, and practice not even that.
   * @param {ClipInfo} info
   */
  #aside(info) {
    if (info.practice) return [];
    return info.repeat ? [this.#skip()] : [this.#unclear(), this.#skip()];
  }

  /**
   * @param {string} testid
   * @param {string | null} except
   * @param {boolean} ready whether an answer counts now
   * @returns {HTMLElement[]}
   */
  #labelChoice(testid, except, ready) {
    if (!this.#palette) return this.#labelButtons(testid, except, ready);
    const { step, clip } = this.#session.state;
    this.#palette.ask({ question: `${clip?.info.id} ${step}`, testid, except, ready });
    return [this.#palette.root];
  }

  /**
   * @param {string} testid
   * @param {string | null} except
   * @param {boolean} ready
   */
  #labelButtons(testid, except, ready) {
    return this.#labels.all
      .filter((label) => label.name !== except)
      .map((label) =>
        button(
          {
            class: "answer label",
            style: `--chip: ${label.color}`,
            title: [label.title, label.description].filter(Boolean).join(": "),
            "data-testid": `${testid}-${label.name}`,
            "aria-keyshortcuts": label.key || null,
            disabled: !ready,
            onclick: this.#pressed(() => this.#actions.label(label.name)),
          },
          label.key ? kbd(label.key) : null,
          el("span", { class: "answer-words" }, label.title),
        ),
      );
  }

  #rule() {
    return el("span", { class: "rule", "aria-hidden": "true" });
  }

  #unclear() {
    return this.#quiet("unclear", ["unclear"], "Unclear", () => this.#actions.unclear());
  }

  #skip() {
    return this.#quiet("skip", ["skip"], "Skip", () => this.#actions.skip());
  }

  #next() {
    return this.#quiet(null, ["next"], "Next clip", () => this.#actions.next());
  }

  /**
   * @param {string | null} testid
   * @param {Does} does
   * @param {string} words
   * @param {() => void} act
   */
  #quiet(testid, does, words, act) {
    const attributes = { class: "answer quiet-answer", "data-testid": testid, onclick: this.#pressed(act) };
    return this.#buttons.make(does, attributes, this.#buttons.kbd(), words);
  }

  /**
   * Acts on a click, unless it is the second of a double click on the answer to the question before.
   * @param {() => void} act
   * @returns {(event: MouseEvent) => void}
   */
  #pressed(act) {
    return ({ detail }) => {
      if (detail < 2) this.#clicks += 1;
      if (!this.#session.isRepeat({ key: `click ${this.#clicks}`, held: false })) act();
    };
  }
}

/**
 * What may be done on a decided clip. The key of undo takes back the last decision, which may be on another clip.
 * @param {Pick<Decision, "id">} decision
 * @param {UndoStep[]} undoable
 * @param {string} key of undo
 */
export function doneWords(decision, undoable, key) {
  const last = undoable[0];
  if (!last) return "Decide again";
  if (last.bulk_id !== undefined) return `Decide again; ${key} takes back ${bulkInWords(last)}`;
  if (last.id === decision.id) return `Decide again, or take it back with ${key}`;
  return `Decide again; ${key} takes back ${last.clip_name}`;
}

function testedWords() {
  const why = "It is scored against the label it was imported with; no decision on it is kept.";
  return [el("b", {}, "Of the test split"), el("span", { class: "quiet" }, why)];
}
