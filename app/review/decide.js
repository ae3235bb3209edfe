// The decision bar: the one question of the step, its answers as buttons with their keys, the note.

import { button, el, kbd } from "./dom.js";

const FEW_LABELS = 4; // up to which the answers stand in one row of large buttons
const SURENESS = [
  [1, "Guessing"],
  [2, "Fairly sure"],
  [3, "Certain"],
];

export class DecisionBar {
  #question = el("div", { class: "question", "aria-live": "polite" });
  #answers = el("div", { class: "answers", role: "group" });
  #note;
  #shown = "";

  /** `actions` maps names of keys.js to functions. */
  constructor(session, labels, actions) {
    this.session = session;
    this.labels = labels;
    this.actions = actions;
    this.#note = el("textarea", {
      class: "note-field",
      rows: "2",
      maxlength: "10000",
      placeholder: "Note (optional)",
      "aria-label": "Note",
      "data-testid": "note",
      oninput: () => session.setNote(this.#note.value),
      onkeydown: (event) => event.key === "Escape" && this.#note.blur(),
    });
    this.root = el(
      "section",
      { class: "decide", "data-many": String(labels.all.length > FEW_LABELS), "aria-label": "Decision", "data-testid": "decision-bar" },
      this.#question,
      this.#answers,
      this.#note,
    );
  }

  render() {
    const { step, clip, busy, decision, rationale } = this.session.state;
    const draft = this.session.draft;
    const shape = JSON.stringify([step, clip?.info.id, busy, draft?.label, draft?.sureness, decision?.id, Boolean(rationale)]);
    if (shape === this.#shown) return;
    this.#shown = shape;
    const open = clip && ["label", "reveal", "done"].includes(step);
    this.root.dataset.step = step;
    this.#note.hidden = !open;
    if (open && this.#note.value !== draft.note) this.#note.value = draft.note;
    const [question, answers] = open ? this.#ask(step, clip, draft) : [[], []];
    this.#question.replaceChildren(...question);
    this.#answers.replaceChildren(...answers);
    for (const one of this.#answers.querySelectorAll("button")) one.disabled ||= busy;
  }

  #ask(step, clip, draft) {
    if (step === "label") return draft.label ? this.#askSureness(clip, draft) : this.#askLabel(clip);
    return this.#askKeep(step, clip);
  }

  #askLabel({ info }) {
    const words = info.repeat ? "A second time, without your first answer" : "Your own answer, before the model's";
    return [
      [el("b", {}, "What do you see?"), el("span", { class: "quiet" }, words)],
      [...this.#labelButtons("choose-label", null), this.#rule(), ...this.#aside(info)],
    ];
  }

  #askSureness({ info }, draft) {
    const { title, colour } = this.labels.of(draft.label);
    const levels = SURENESS.map(([level, name]) =>
      button(
        {
          class: "answer",
          "data-testid": `sureness-${level}`,
          "aria-pressed": String(draft.sureness === level),
          onclick: () => this.actions.sureness(level),
        },
        kbd(level),
        name,
      ),
    );
    const back = button(
      { class: "plain", onclick: () => this.actions.unchoose(), title: "Back to the label (Backspace)" },
      kbd("⌫"),
      "Back",
    );
    return [
      [
        el("b", {}, "How sure are you?"),
        el("span", { class: "chip", style: `--chip: ${colour}` }, title),
      ],
      [...levels, this.#rule(), back, ...this.#aside(info)],
    ];
  }

  #askKeep(step, clip) {
    const kept = this.session.keptLabel;
    const assisted = clip.info.mode === "assisted";
    const ready = Boolean(this.session.state.rationale);
    const heading = step === "done" ? this.#done() : assisted ? ["Accept or change?", "The model's answer is shown"] : ["Keep or change?", this.#blindWords(clip)];
    const keep =
      kept &&
      button(
        {
          class: "answer keep",
          style: `--chip: ${this.labels.of(kept).colour}`,
          "data-testid": "keep",
          disabled: !ready,
          onclick: () => this.actions.keep(),
        },
        kbd("A"),
        el("span", { class: "answer-words" }, `${assisted && step !== "done" ? "Accept" : "Keep"} ${this.labels.of(kept).title}`),
      );
    const others = this.#labelButtons("change-label", kept);
    for (const one of others) one.disabled = !ready;
    return [
      [el("b", {}, heading[0]), el("span", { class: "quiet" }, heading[1])],
      [keep, ...others, this.#rule(), this.#unclear(), step === "done" ? this.#next() : this.#skip()].filter(Boolean),
    ];
  }

  #blindWords(clip) {
    const blind = clip.info.blind;
    if (!blind) return "";
    const sure = SURENESS.find(([level]) => level === blind.sureness)?.[1].toLowerCase();
    return `You said ${this.labels.of(blind.label).title}${sure ? `, ${sure}` : ""}`;
  }

  #done() {
    const { decision, clip } = this.session.state;
    const words = decision?.label ? this.labels.of(decision.label).title : (decision?.kind ?? "");
    const { twice } = clip.info;
    if (!twice) return [`Decided: ${words}`, "Decide again, or take it back with U"];
    const [first, second] = [twice.first, twice.second].map((label) => this.labels.of(label).title);
    const steady = twice.first === twice.second ? `${first} both times` : `${first} at first, ${second} the second time`;
    return [`Decided: ${words}`, `You said ${steady}, before any model`];
  }

  /** What else can be done with a clip; a second judgement changes no label, so it can only be put aside. */
  #aside(info) {
    return info.repeat ? [this.#skip()] : [this.#unclear(), this.#skip()];
  }

  #labelButtons(testid, except) {
    return this.labels.all
      .filter((label) => label.name !== except)
      .map((label) =>
        button(
          {
            class: "answer label",
            style: `--chip: ${label.colour}`,
            title: [label.title, label.description].filter(Boolean).join(": "),
            "data-testid": `${testid}-${label.name}`,
            onclick: () => this.actions.label(label.name),
          },
          kbd(label.key),
          el("span", { class: "answer-words" }, label.title),
        ),
      );
  }

  #rule() {
    return el("span", { class: "rule", "aria-hidden": "true" });
  }

  #unclear() {
    return button({ class: "answer quiet-answer", "data-testid": "unclear", onclick: () => this.actions.unclear() }, kbd("X"), "Unclear");
  }

  #skip() {
    return button({ class: "answer quiet-answer", "data-testid": "skip", onclick: () => this.actions.skip() }, kbd("S"), "Skip");
  }

  #next() {
    return button({ class: "answer quiet-answer", onclick: () => this.actions.next() }, kbd("N"), "Next clip");
  }
}
