// The steps of judging a clip, as pure functions: label, confidence, then (with the rationale shown) keep or change.

/** @import { Answer, ClipInfo, Decision, Draft, FirstAnswer, Label, LastAnswer, PseudoLabel, Rationale } from "../types.d.ts" */
/** @import { ReviewState, Verdict, Verdicts } from "../types.d.ts" */

/**
 * What a reviewer does with the clip on the screen, by key or button.
 * @typedef {{kind: "label", label: string}
 *   | {kind: "rater_confidence", level: number}
 *   | {kind: "unchoose"}
 *   | {kind: "keep"}
 *   | {kind: "unclear"}
 *   | {kind: "skip"}
 *   | {kind: "verdict", claimId: number, verdict: Verdict}} Input
 */

/**
 * The effect of an input: a change of the draft, a first or final answer to send, or nothing.
 * @typedef {{draft: Partial<Draft>} | {first: FirstAnswer} | {last: LastAnswer} | null} Reaction
 */

/**
 * The parts of the state that decide what an input does.
 * @typedef {object} Standing
 * @property {ReviewState["step"]} step
 * @property {{info: Pick<ClipInfo, "mode" | "repeat" | "practice" | "blind" | "split">} | null} clip
 * @property {Rationale | null} rationale
 * @property {Decision | null} decision
 */

const HIGHEST_CONFIDENCE = 3;

/**
 * Whether an answer of this kind comes before the rationale; it cannot be undone.
 * @param {string} kind
 */
export function isFirstKind(kind) {
  return kind === "blind" || kind === "repeat" || kind === "practice";
}

/**
 * @param {Answer} answer
 * @returns {answer is FirstAnswer}
 */
export function isFirstAnswer(answer) {
  return isFirstKind(answer.kind);
}

/**
 * Whether claims can be judged and the final answer given, because the rationale is shown.
 * @param {ReviewState["step"]} step
 */
export function isRevealed(step) {
  return step === "reveal" || step === "done";
}

/**
 * Whether the clip is of the test split, on which the server keeps no decision.
 * @param {Pick<ClipInfo, "split">} info
 */
export function isTested({ split }) {
  return split === "test";
}

/**
 * Whether nobody has begun to judge the clip.
 * @param {ReviewState["step"]} step
 * @param {Draft | null} draft
 */
export function isUntouched(step, draft) {
  return step === "label" && !draft?.label && !draft?.note;
}

/**
 * What an input does.
 * @param {Input} input
 * @param {Standing} standing
 * @param {Draft} draft
 * @param {boolean} ready whether decisions count now; verdicts always do
 * @returns {Reaction}
 */
export function reactionTo(input, standing, draft, ready) {
  const { step, clip, rationale } = standing;
  if (clip && isTested(clip.info)) return null;
  if (input.kind === "verdict")
    return isRevealed(step) ? { draft: { verdicts: toggled(draft.verdicts, input.claimId, input.verdict) } } : null;
  if (!ready || !clip) return null;
  const { repeat, practice } = clip.info;
  if (practice && (step !== "label" || input.kind === "unclear" || input.kind === "skip")) return null;
  switch (input.kind) {
    case "label":
      return step === "label"
        ? { draft: { label: input.label, rater_confidence: null } }
        : lastWord(input.label, rationale);
    case "unchoose":
      return step === "label" ? { draft: { label: null, rater_confidence: null } } : null;
    case "rater_confidence":
      if (step !== "label" || !draft.label) return null;
      return { first: { kind: firstKind(clip.info), label: draft.label, rater_confidence: input.level } };
    case "keep":
      return isRevealed(step) ? lastWord(keptLabel(standing), rationale) : null;
    case "unclear":
      // A repeat changes no label, so it cannot mark the clip as unclear.
      if (repeat || !canDecide(step)) return null;
      return { last: { kind: "unclear", pseudo_label_id: rationale?.pseudo_label?.id ?? null } };
    case "skip":
      return canDecide(step) ? { last: { kind: "skip" } } : null;
  }
}

/**
 * Whether an input would decide on the clip once its rationale is shown.
 * @param {Input} input
 * @param {Pick<Standing, "step" | "rationale">} standing
 */
export function isUnshown({ kind }, { step, rationale }) {
  return isRevealed(step) && !rationale && (kind === "keep" || kind === "label");
}

/**
 * The meaning of a digit key: the confidence once a label is chosen, else the label with this key.
 * @param {string} digit
 * @param {ReviewState["step"]} step
 * @param {Draft | null} draft
 * @param {Label[]} taxonomy
 * @returns {Input | null}
 */
export function inputOfDigit(digit, step, draft, taxonomy) {
  if (step === "label" && draft?.label) {
    const level = Number(digit);
    return level <= HIGHEST_CONFIDENCE ? { kind: "rater_confidence", level } : null;
  }
  const label = taxonomy.find((one) => one.key === digit);
  return label ? { kind: "label", label: label.name } : null;
}

/**
 * The label that "keep" keeps: of the current decision, else of the blind answer; the model's in assisted mode.
 * @param {Standing} standing
 */
export function keptLabel({ clip, rationale, decision, step }) {
  if (step === "done" && decision?.label) return decision.label;
  if (clip?.info.mode === "assisted") return rationale?.pseudo_label?.label ?? null;
  return clip?.info.blind?.label ?? null;
}

/**
 * A final answer as it is sent, with the note and the verdicts of the draft.
 *
 * Verdicts belong to the labeler's answer that is shown; those on another labeler's claims stay in the draft.
 * @param {LastAnswer} answer
 * @param {PseudoLabel | null | undefined} shown
 * @param {Draft} draft
 * @returns {LastAnswer}
 */
export function completed(answer, shown, draft) {
  const own = answer.pseudo_label_id && shown?.id === answer.pseudo_label_id ? shown.claims : [];
  /** @type {Verdicts} */
  const claim_verdicts = {};
  for (const { id } of own) if (id in draft.verdicts) claim_verdicts[id] = draft.verdicts[id];
  return { ...answer, claim_verdicts, note: draft.note };
}

/**
 * The clip's data after an answer on it was saved.
 * @param {ClipInfo} info
 * @param {Answer} answer
 * @returns {ClipInfo}
 */
export function afterAnswer(info, answer) {
  if (answer.kind !== "blind") return info;
  const blind = { label: answer.label, rater_confidence: answer.rater_confidence };
  return { ...info, step: "reveal", rationale_open: true, blind };
}

/**
 * The kind of the answer before the rationale.
 * @param {Pick<ClipInfo, "repeat" | "practice">} info
 * @returns {FirstAnswer["kind"]}
 */
function firstKind({ repeat, practice }) {
  if (practice) return "practice";
  return repeat ? "repeat" : "blind";
}

/** @param {ReviewState["step"]} step */
function canDecide(step) {
  return step === "label" || isRevealed(step);
}

/**
 * @param {string | null} label
 * @param {Rationale | null} rationale must be loaded, so that nobody decides without having seen it
 * @returns {Reaction}
 */
function lastWord(label, rationale) {
  if (!label || !rationale) return null;
  return { last: { kind: "final", label, pseudo_label_id: rationale.pseudo_label?.id ?? null } };
}

/**
 * Sets a verdict; the same verdict again removes it.
 * @param {Verdicts} verdicts
 * @param {number} claimId
 * @param {Verdict} verdict
 */
function toggled(verdicts, claimId, verdict) {
  const { [claimId]: before, ...others } = verdicts;
  return before === verdict ? others : { ...verdicts, [claimId]: verdict };
}
