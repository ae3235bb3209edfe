// The table of keys: their actions and the help sheet. No key acts while somebody types in a field.

/** @import { Actions, Verdict } from "./types.d.ts" */

/**
 * Keys as the sheet shows them, what they do, the names of `keyName` that fire them, and the action with its argument.
 * @typedef {[shown: string, what: string, names: string[], action: keyof Actions, argument?: string | number]} KeyRow
 */

/** @type {[group: string, rows: KeyRow[]][]} */
export const KEY_GROUPS = [
  [
    "Play",
    [
      ["Space, K", "Play or pause", [" ", "k"], "toggle"],
      ["J", "Backwards, again: faster", ["j"], "shuttle", -1],
      ["L", "Forwards, again: faster", ["l"], "shuttle", 1],
      ["← ,", "One frame back", ["ArrowLeft", ","], "step", -1],
      ["→ .", "One frame on", ["ArrowRight", "."], "step", 1],
      ["Shift ←", "One second back", ["Shift+ArrowLeft"], "jump", -1],
      ["Shift →", "One second on", ["Shift+ArrowRight"], "jump", 1],
      ["[", "Loop from here", ["["], "loopFrom"],
      ["]", "Loop up to here", ["]"], "loopTo"],
      ["Esc", "End the loop, unlight the joints", ["Escape"], "release"],
    ],
  ],
  [
    "Show",
    [
      ["H", "Skeleton", ["h"], "view", "overlay"],
      ["B", "Body", ["b"], "view", "body"],
      ["F", "Face", ["f"], "view", "face"],
      ["G", "Hands", ["g"], "view", "hands"],
      ["O", "Picture (off: skeleton only)", ["o"], "view", "picture"],
      ["Q", "Box of the person", ["q"], "view", "box"],
      ["C", "Follow the person", ["c"], "view", "crop"],
      ["W", "Blur the face", ["w"], "view", "blur"],
      ["M", "Mute", ["m"], "view", "muted"],
      ["+", "Zoom the timeline in", ["+", "="], "zoom", 2],
      ["-", "Zoom the timeline out", ["-"], "zoom", 0.5],
    ],
  ],
  [
    "Judge",
    [
      ["1–9", "Label, then confidence 1–3; after the reveal: change", [], "digit"],
      ["A, Enter", "Keep (assisted: accept)", ["a", "Enter"], "keep"],
      ["X", "Unclear", ["x"], "unclear"],
      ["S", "Skip", ["s"], "skip"],
      ["Backspace", "Choose another label", ["Backspace"], "unchoose"],
      ["R", "Save again, after a failure", ["r"], "saveAgain"],
      ["U, Ctrl Z", "Take the last decision back; a first answer stands", ["u", "Ctrl+z"], "undo"],
    ],
  ],
  [
    "Claims and clips",
    [
      ["Ctrl ←", "Previous claim", ["Ctrl+ArrowLeft"], "claim", -1],
      ["Ctrl →", "Next claim", ["Ctrl+ArrowRight"], "claim", 1],
      ["T D V I", "Claim is true, false, not to be seen, irrelevant", [], "verdict"],
      ["N", "Next clip", ["n", "PageDown"], "next"],
      ["P", "Previous clip", ["p", "PageUp"], "previous"],
      ["Y", "Coding manual", ["y"], "manual"],
      ["?", "These keys", ["?"], "help"],
    ],
  ],
];

/** @type {Record<string, Verdict>} */
const VERDICT_KEYS = { t: "true", d: "false", v: "cannot_see", i: "irrelevant" };
/** @type {Set<keyof Actions>} */
const REPEATABLE = new Set(["step", "jump"]); // other actions, held down, would affect clip after clip
const NATIVE = new Set([" ", "Enter"]); // keys that act on the focused button instead

/** @type {Map<string, [action: keyof Actions, argument: string | number | undefined]>} */
const BOUND = new Map();
for (const [, keys] of KEY_GROUPS)
  for (const [, , names, action, argument] of keys) for (const name of names) BOUND.set(name, [action, argument]);
for (let digit = 1; digit <= 9; digit++) BOUND.set(String(digit), ["digit", String(digit)]);
for (const [key, verdict] of Object.entries(VERDICT_KEYS)) BOUND.set(key, ["verdict", verdict]);

/**
 * The action of a key by its name; undefined where it has none.
 * @param {string} name
 */
export function boundTo(name) {
  return BOUND.get(name);
}

/**
 * Whether the action repeats while its key is held down.
 * @param {keyof Actions} action
 */
export function isRepeatable(action) {
  return REPEATABLE.has(action);
}

/**
 * The name of a pressed key: "a", "ArrowLeft", "Shift+ArrowLeft", "Ctrl+z".
 * @param {Pick<KeyboardEvent, "key" | "code" | "shiftKey" | "ctrlKey" | "metaKey">} event
 */
export function keyName(event) {
  let key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  // On a keyboard with non-Latin letters, or with digits on Shift, the position of the key decides.
  const digit = /^(?:Digit|Numpad)([1-9])$/.exec(event.code)?.[1];
  if (digit && !event.shiftKey) key = digit;
  const letter = /^Key([A-Z])$/.exec(event.code)?.[1];
  if (letter && !/^[\x20-\x7e]$/.test(key)) key = letter.toLowerCase();
  if (event.ctrlKey || event.metaKey) return `Ctrl+${key}`;
  return event.shiftKey && key.startsWith("Arrow") ? `Shift+${key}` : key;
}

/**
 * Acts on keys pressed anywhere on the page that is not a field; returns how to stop.
 * @param {Actions} actions
 * @param {(action: keyof Actions) => boolean} isBlocked
 */
export function listen(actions, isBlocked) {
  /** @param {KeyboardEvent} event */
  const onKey = (event) => {
    if (event.defaultPrevented || event.isComposing || event.altKey) return;
    const target = event.composedPath()[0];
    if (isField(target) || document.querySelector('[data-testid="stDialog"], [data-testid="stModal"]')) return;
    const name = keyName(event);
    const bound = boundTo(name);
    if (!bound || (NATIVE.has(name) && isFocusedControl(target))) return;
    const [action, argument] = bound;
    if (isBlocked(action)) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.repeat && !isRepeatable(action)) return;
    // The table pairs each action with an argument of its own type, which the type of a list cannot express.
    /** @type {(argument?: any) => void} */ (actions[action])(argument);
  };
  window.addEventListener("keydown", onKey, { capture: true });
  return () => window.removeEventListener("keydown", onKey, { capture: true });
}

const FIELDS = "textarea, select, [contenteditable], [role=textbox], [role=combobox], [role=listbox], [role=menu]";
const CONTROLS = "button, a, summary, [role=button], [role=tab]";

/** @param {EventTarget} target */
function isField(target) {
  if (!(target instanceof Element)) return false;
  if (target.closest(FIELDS)) return true;
  const input = target.closest("input");
  return input !== null && !["button", "checkbox", "radio", "submit"].includes(input.type);
}

/** @param {EventTarget} target */
function isFocusedControl(target) {
  return target instanceof Element && target.closest(CONTROLS) !== null && target.matches(":focus-visible");
}
