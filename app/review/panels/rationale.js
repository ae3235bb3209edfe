// The right-hand panel: closed before the answer, then label, first and reflected answer, reasoning and claims.

import { button, el, icon } from "../elements.js";
import { isTested } from "../session/steps.js";
import { claimRow, markClaimRow, verdictsInWords } from "./claim_row.js";
import { historyOf } from "./history.js";
import { practiceFeedback, practiceFirst } from "./practice.js";

/** @import { Session } from "../session/session.js" */
/** @import { Claim, ClipInfo, Labels, LoadedClip, PseudoLabel, Rationale, RunSays } from "../types.d.ts" */
/** @import { Child } from "../elements.js" */
/** @import { KeyButtons } from "../keyboard/key_buttons.js" */
/** @import { ClaimEvents } from "./claim_row.js" */

/**
 * The panel's events, handled by the screen.
 * @typedef {ClaimEvents & {
 *   onStep: (direction: number) => void,
 *   onRetry: () => void,
 *   onAnswer: (id: number) => void,
 * }} RationaleEvents
 */

const CLAMP_FROM = 260; // characters of reasoning shown without expanding

export class RationalePanel {
  #labels;
  #buttons;
  #events;
  /** @type {Rationale | string | null} what is shown now: a rationale, or the reason why it is closed */
  #shown = null;
  /** @type {Map<number, HTMLElement>} rows by claim id */
  #rows = new Map();
  #judged = el("p", { class: "judged quiet", "data-testid": "verdicts-state" });

  /**
   * @param {Labels} labels
   * @param {KeyButtons} buttons
   * @param {RationaleEvents} events
   */
  constructor(labels, buttons, events) {
    this.#labels = labels;
    this.#buttons = buttons;
    this.#events = events;
    this.root = el("section", { class: "rationale", "aria-label": "Rationale", "data-testid": "rationale" });
  }

  /**
   * @param {Session} session
   * @param {Claim | null} watched
   */
  render(session, watched) {
    const { step, rationale, clip, problem } = session.state;
    const { id, mode } = clip?.info ?? {};
    const feedback = clip?.info.practice?.feedback;
    const shape = rationale ?? `${step}/${id}/${mode}/${Boolean(problem)}/${session.item?.reason}`;
    if (shape !== this.#shown) {
      this.#shown = shape;
      this.#rows.clear();
      const told = rationale && clip ? this.#open(rationale, clip) : this.#shut(session);
      this.root.replaceChildren(...(feedback ? [practiceFeedback(feedback, this.#labels)] : []), ...told);
      this.root.dataset.open = String(Boolean(rationale));
    }
    if (rationale) this.#mark(session, watched);
  }

  /** @param {Session} session */
  #shut({ state, item }) {
    if (!state.clip) return [];
    if (state.clip.info.rationale_open) {
      if (!state.problem) return [el("p", { class: "quiet" }, "Fetching the rationale…")];
      return [
        el("p", { class: "quiet" }, "The rationale has not come."),
        button({ class: "plain", onclick: () => this.#events.onRetry() }, "Try again"),
      ];
    }
    if (isTested(state.clip.info)) return [el("p", { class: "quiet" }, unanswered(state.clip.info))];
    if (state.clip.info.practice) return [practiceFirst()];
    const why = state.clip.info.reliability_sample
      ? "This clip is of the reliability sample, which is always judged blind and alone gives the reported agreement."
      : "Seeing a model's label first shifts people towards it, so your own answer comes first.";
    return [
      el(
        "div",
        { class: "shut" },
        el("h2", {}, "Judge first"),
        el("p", {}, "The model's label, its reasons and the measured cues show once your own answer is saved."),
        el("p", { class: "quiet" }, why),
        item?.reason && el("p", { "data-testid": "why" }, el("b", {}, "Why this clip"), `: ${item.reason}`),
      ),
    ];
  }

  /**
   * @param {Rationale} rationale
   * @param {LoadedClip} clip
   */
  #open(rationale, clip) {
    const answer = rationale.pseudo_label;
    const last = [transcriptOf(rationale), historyOf(rationale.history, this.#labels)];
    if (!answer)
      return [el("h2", {}, "No rationale"), el("p", { class: "quiet" }, unanswered(clip.info)), reasons(last)];
    const head = el(
      "header",
      {},
      el("div", { class: "answer-line" }, this.#chip(answer.label), meter(answer)),
      el("p", { class: "by" }, labelerOf(answer, clip), answer.calibrated && el("span", {}, ` · ${answer.calibrated}`)),
      this.#otherAnswers(rationale, answer),
      rationale.beside && el("p", { class: "beside", "data-testid": "beside" }, rationale.beside),
    );
    const parts = [
      ...warningsOf(answer),
      reasoning(answer.reasoning),
      firstReasoning(answer),
      ...this.#claims(answer.claims),
      rationale.model_problem && leakNote("No model lane", rationale.model_problem),
      ...last,
    ];
    return [head, this.#change(answer, rationale.run), reasons(parts)];
  }

  /** @param {Claim[]} claims */
  #claims(claims) {
    if (!claims.length) return [this.#claimsHead(claims), el("p", { class: "quiet" }, "It makes no claim.")];
    const rows = claims.map((claim, index) => {
      const row = claimRow(claim, index, this.#labels, this.#buttons, this.#events);
      this.#rows.set(claim.id, row);
      return row;
    });
    return [this.#claimsHead(claims), this.#judged, el("ol", { class: "claims" }, ...rows)];
  }

  /** @param {Claim[]} claims */
  #claimsHead(claims) {
    const kept = claims.filter((claim) => claim.kept).length;
    const dropped = claims.length - kept;
    /** @type {(name: "previous" | "next", title: string, direction: number) => HTMLElement} */
    const step = (name, title, direction) => {
      const attributes = { class: "tool", title, onclick: () => this.#events.onStep(direction) };
      return this.#buttons.make(["claim", direction], attributes, icon(name), this.#buttons.kbd());
    };
    return el(
      "div",
      { class: "claims-head" },
      el("h3", {}, "Claims", el("span", { class: "quiet" }, ` ${kept} kept${dropped ? `, ${dropped} dropped` : ""}`)),
      claims.length > 0 && step("previous", "Previous claim", -1),
      claims.length > 0 && step("next", "Next claim", 1),
    );
  }

  /**
   * The choice among the answers of several labelers or versions; nothing where there is one.
   * @param {Rationale} rationale
   * @param {PseudoLabel} shown
   */
  #otherAnswers({ answers }, shown) {
    if (answers.length < 2) return null;
    const options = answers.map(({ id, name, counts }) =>
      el("option", { value: id, selected: id === shown.id }, counts ? `${name} (counts)` : name),
    );
    const attributes = { class: "answers-of", "aria-label": "Whose answer is shown", "data-testid": "answers" };
    const choice = el("select", attributes, ...options);
    choice.addEventListener("change", () => {
      choice.blur(); // so that keys reach the screen again
      this.#events.onAnswer(Number(choice.value));
    });
    return el("label", { class: "others" }, el("span", { class: "quiet" }, `One of ${answers.length} answers`), choice);
  }

  /** @param {string} name of a label */
  #chip(name) {
    const { title, color } = this.#labels.of(name);
    return el("span", { class: "chip", style: `--chip: ${color}` }, title);
  }

  /**
   * The labeler's answer before reflection, and the selected run's prediction where there is one.
   * @param {PseudoLabel} answer
   * @param {RunSays | null} run
   */
  #change(answer, run) {
    const moved = answer.first_label !== answer.label;
    return el(
      "div",
      { class: "change", "data-moved": String(moved) },
      el("span", { class: "quiet" }, "At first"),
      this.#chip(answer.first_label),
      el("span", { class: "quiet" }, answer.first_sure),
      el("strong", {}, moved ? "changed on reflection" : "kept on reflection"),
      run && this.#run(run),
    );
  }

  /** @param {RunSays} run */
  #run(run) {
    const { id, label, confidence } = run;
    const title = trainedOn(run);
    return el(
      "span",
      { class: "run-says", "data-testid": "run-says", title },
      el("span", { class: "quiet" }, `Run ${id}`),
      this.#chip(label),
      el("span", { class: "quiet" }, percent(confidence)),
    );
  }

  /**
   * @param {Session} session
   * @param {Claim | null} watched
   */
  #mark(session, watched) {
    const verdicts = session.draft?.verdicts ?? {};
    this.#judged.textContent = verdictsInWords([...this.#rows.keys()], verdicts, session.state.decision);
    for (const [id, row] of this.#rows) markClaimRow(row, watched?.id === id, verdicts[id]);
  }
}

/**
 * Why a clip has no rationale to show.
 * @param {Pick<ClipInfo, "split">} info
 */
export function unanswered(info) {
  return isTested(info)
    ? "No labeler sees a clip of the test split, so there is no rationale."
    : "No labeler has answered for this clip. Your own answer alone decides.";
}

/**
 * What a run trained on, as far as it touches this clip.
 * @param {RunSays} run
 */
export function trainedOn({ held_out, person_seen }) {
  if (!held_out) return "This run also trained on this clip";
  const person = person_seen ? "but on others of this person" : "nor on this person";
  return `This run never trained on this clip, ${person}`;
}

/** @param {number} share */
function percent(share) {
  return `${Math.round(share * 100)} %`;
}

/** @param {PseudoLabel} answer */
function meter({ share, sure, calibrated }) {
  const bar = el("span", { class: "bar" }, el("span", { style: `width: ${Math.round(share * 100)}%` }));
  const title = calibrated
    ? "The share of this labeler's answers with such a score that people, judging blind, gave the same label"
    : "How sure the labeler says it is: a score of its own, no probability of being right";
  return el("span", { class: "meter", title }, bar, el("span", { class: "sure" }, sure));
}

/**
 * @param {PseudoLabel} answer
 * @param {LoadedClip} clip
 */
function labelerOf({ labeler }, clip) {
  const name = labeler.name === "simulated" ? [] : [labeler.name]; // the badge says it
  const who = ["Labeler", ...name, labeler.model_id, `prompt ${labeler.prompt_version}`].join(" · ");
  if (!labeler.simulated && !clip.info.simulated) return who;
  return el("span", {}, el("span", { class: "badge" }, "simulated"), ` ${who}`);
}

/**
 * Why the label is excluded or needs review, and what in its reasoning is no evidence.
 * @param {PseudoLabel} answer
 */
function warningsOf({ exclusion_reason, review_reason, leak }) {
  const notes = [];
  if (exclusion_reason) notes.push(leakNote("Excluded", `${exclusion_reason} The label stays out of training sets.`));
  else if (review_reason) notes.push(leakNote("Needs review", review_reason));
  if (leak) notes.push(leakNote("Leak in the reasoning", leak));
  return notes;
}

/**
 * @param {string} what
 * @param {string} why
 */
function leakNote(what, why) {
  return el("p", { class: "note leak" }, el("b", {}, what), `: ${why}`);
}

/**
 * The reasoning, collapsed to a few lines, because the claims below it are what is judged.
 * @param {string} text
 */
function reasoning(text) {
  if (text.length <= CLAMP_FROM) return el("p", { class: "reasoning" }, text);
  const words = el("p", { class: "reasoning clamped" }, text);
  const onclick = () => {
    const shut = words.classList.toggle("clamped");
    more.textContent = shut ? "All of it" : "Less";
    more.setAttribute("aria-expanded", String(!shut));
  };
  const more = button({ class: "more", "aria-expanded": "false", onclick }, "All of it");
  return el("div", {}, words, more);
}

/** @param {PseudoLabel} answer */
function firstReasoning({ first_reasoning, reasoning }) {
  if (!first_reasoning || first_reasoning === reasoning) return null;
  return el("details", {}, el("summary", {}, "Its reasoning at first"), el("p", {}, first_reasoning));
}

/** @param {Rationale} rationale */
function transcriptOf({ transcript }) {
  if (!transcript) return null;
  return el("details", {}, el("summary", {}, "Transcript"), el("p", { class: "reasoning" }, transcript));
}

/**
 * A scrolling area, so that the answer above and the decision bar below stay in place.
 * @param {Child[]} parts
 */
function reasons(parts) {
  const attributes = { class: "reasons", tabindex: "0", role: "group", "aria-label": "Reasons and claims" };
  return el("div", { ...attributes, "data-testid": "reasons" }, ...parts);
}
