// One table of keys: what fires, and what the help sheet says. Nothing fires while somebody types.

/** [group, [[keys as shown, what they do, [matching "key" strings], action, argument]]] */
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
      ["1–9", "Label, then sureness 1–3; after the reveal: change", [], "digit"],
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

const VERDICT_KEYS = { t: "true", d: "false", v: "cannot_see", i: "irrelevant" };
const REPEATABLE = new Set(["step", "jump"]); // held down, the others would act on clip after clip
const NATIVE = new Set([" ", "Enter"]); // what a button reached by Tab does with these is its own affair

const BOUND = new Map();
for (const [, keys] of KEY_GROUPS)
  for (const [, , names, action, argument] of keys) for (const name of names) BOUND.set(name, [action, argument]);
for (let digit = 1; digit <= 9; digit++) BOUND.set(String(digit), ["digit", String(digit)]);
for (const [key, verdict] of Object.entries(VERDICT_KEYS)) BOUND.set(key, ["verdict", verdict]);

/** Calls `actions[name](argument)` for keys pressed anywhere on the page that is not a field; returns how to stop. */
export function listen(actions, isBlocked) {
  const onKey = (event) => {
    if (event.defaultPrevented || event.isComposing || event.altKey) return;
    const target = event.composedPath()[0];
    if (isField(target) || document.querySelector('[data-testid="stDialog"], [data-testid="stModal"]')) return;
    const name = nameOf(event);
    const bound = BOUND.get(name);
    if (!bound || (NATIVE.has(name) && isFocusedControl(target))) return;
    const [action, argument] = bound;
    if (isBlocked(action)) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.repeat && !REPEATABLE.has(action)) return;
    actions[action](argument);
  };
  window.addEventListener("keydown", onKey, { capture: true });
  return () => window.removeEventListener("keydown", onKey, { capture: true });
}

function nameOf(event) {
  let key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  // On a keyboard whose letters are not Latin, or whose digits want Shift, the place of the key decides.
  const digit = /^(?:Digit|Numpad)([1-9])$/.exec(event.code)?.[1];
  if (digit && !event.shiftKey) key = digit;
  const letter = /^Key([A-Z])$/.exec(event.code)?.[1];
  if (letter && !/^[\x20-\x7e]$/.test(key)) key = letter.toLowerCase();
  if (event.ctrlKey || event.metaKey) return `Ctrl+${key}`;
  return event.shiftKey && key.startsWith("Arrow") ? `Shift+${key}` : key;
}

function isField(target) {
  if (!(target instanceof Element)) return false;
  if (target.closest("textarea, select, [contenteditable], [role=textbox], [role=combobox], [role=listbox], [role=menu]"))
    return true;
  const input = target.closest("input");
  return Boolean(input) && !["button", "checkbox", "radio", "submit"].includes(input.type);
}

function isFocusedControl(target) {
  return target instanceof Element && Boolean(target.closest("button, a, summary, [role=button], [role=tab]")) && target.matches(":focus-visible");
}
