// A claim in the rationale: time, text, result of the claim check, and the reviewer's verdict.

import { CHECKS } from "../checks.js";
import { clockTime } from "../clock_time.js";
import { button, el } from "../elements.js";

/** @import { KeyButtons } from "../keyboard/key_buttons.js" */
/** @import { Claim, Decision, Labels, Verdict, Verdicts } from "../types.d.ts" */

/** @type {[verdict: Verdict, name: string][]} */
const VERDICTS = [
  ["true", "True"],
  ["false", "False"],
  ["cannot_see", "Cannot see"],
  ["irrelevant", "Irrelevant"],
];

/**
 * @typedef {object} ClaimEvents
 * @property {(claim: Claim) => void} onClaim the claim is to be watched
 * @property {(claim: Claim, verdict: Verdict) => void} onVerdict
 */

/**
 * @param {Claim} claim
 * @param {number} index in the list
 * @param {Labels} labels
 * @param {KeyButtons} buttons
 * @param {ClaimEvents} events
 */
export function claimRow(claim, index, labels, buttons, events) {
  const [sign, speaks, meaning] = claimNote(claim, labels);
  const { color } = labels.of(claim.speaks_for);
  const told = `Key points: ${meaning}`;
  return el(
    "li",
    {
      class: "claim",
      style: `--chip: ${color}`,
      "data-testid": `claim-${index}`,
      "data-claim-id": claim.id,
      "data-start-s": claim.start_s,
      "data-kept": String(claim.kept),
      onclick: () => {
        if (getSelection()?.isCollapsed !== false) events.onClaim(claim); // but not while text is selected
      },
    },
    button(
      { class: "claim-head" },
      el("span", { class: "time" }, `${clockTime(claim.start_s, 1)}–${clockTime(claim.end_s, 1)}`),
      el("span", { class: "cue" }, claim.cue === "other" ? claim.region : claim.cue_title),
      claim.kept && el("span", { class: `check ${claim.check}`, title: told, "aria-label": told }, sign),
      el("span", { class: "words" }, claim.text),
    ),
    el(
      "p",
      { class: claim.kept ? `note ${claim.check}` : "note" },
      el("span", { class: "speaks" }, speaks),
      el("b", {}, meaning),
      claim.check_note ? `: ${claim.check_note}` : "",
    ),
    reflectionOf(claim),
    claim.leak ? el("p", { class: "note leak" }, el("b", {}, "Leak"), `: ${claim.leak}`) : null,
    el(
      "div",
      { class: "verdicts", role: "group", "aria-label": "Your verdict on this claim" },
      ...VERDICTS.map((row) => verdictButton(claim, row, buttons, events)),
    ),
  );
}

/**
 * The sign of the check, which label the claim is for, and the check in words. A claim that the labeler dropped is for
 * none, whatever the key points say of it.
 * @param {Pick<Claim, "check" | "kept" | "speaks_for">} claim
 * @param {Labels} labels
 * @returns {[sign: string, speaks: string, meaning: string]}
 */
export function claimNote({ check, kept, speaks_for }, labels) {
  const [sign, meaning] = CHECKS[check];
  const { title } = labels.of(speaks_for);
  if (kept) return [sign, `For ${title}. `, meaning];
  return ["", `Dropped by the labeler, no longer for ${title}. `, `Key points: ${meaning.toLowerCase()}`];
}

/**
 * Shows on a row whether its claim is watched, and its verdict.
 * @param {HTMLElement} row
 * @param {boolean} watched
 * @param {Verdict | undefined} verdict
 */
export function markClaimRow(row, watched, verdict) {
  if (watched && row.dataset.active !== "true") row.scrollIntoView({ block: "nearest" });
  row.dataset.active = String(watched);
  row.dataset.verdict = verdict ?? "";
  for (const one of row.querySelectorAll(".verdict"))
    one.setAttribute("aria-pressed", String(one.getAttribute("data-verdict") === verdict));
}

/**
 * A hint how to judge claims, then whether the verdicts are saved; they are saved together with the answer.
 * @param {number[]} ids of the claims
 * @param {Verdicts} verdicts
 * @param {Pick<Decision, "claim_verdicts"> | null} decision
 */
export function verdictsInWords(ids, verdicts, decision) {
  const judged = ids.filter((id) => id in verdicts).length;
  if (!judged) return "Choose a claim to watch it, then judge it.";
  const saved = decision && ids.every((id) => verdicts[id] === decision.claim_verdicts[id]);
  return `${judged} of ${ids.length} judged${saved ? ", and saved." : "; saved with your answer below."}`;
}

/**
 * @param {Claim} claim
 * @param {[verdict: Verdict, name: string]} row
 * @param {KeyButtons} buttons
 * @param {ClaimEvents} events
 */
function verdictButton(claim, [verdict, name], buttons, events) {
  return buttons.make(
    ["verdict", verdict],
    {
      class: "verdict",
      "data-verdict": verdict,
      "aria-pressed": "false",
      title: name,
      /** @param {MouseEvent} event */
      onclick: (event) => {
        event.stopPropagation();
        events.onVerdict(claim, verdict);
      },
    },
    name,
    buttons.kbd(),
  );
}

/**
 * What reflection said about a claim, in the labeler's words where it gave any.
 * @param {Claim} claim
 */
function reflectionOf({ reflection }) {
  return reflection ? el("p", { class: "note" }, `Labeler: ${reflection}`) : null;
}
