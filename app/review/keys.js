// The one table of keys. What is pictured on buttons, told in the help sheet and written in docs/reference comes from it; a
// reviewer's own keys (keyboard/key_map.js) replace those of a row.

/** @import { Actions } from "./types.d.ts" */

/**
 * What a row's keys do, the names of the keys (`keyName`), of which buttons show the first, the action and its argument.
 * @typedef {[what: string, names: string[], action: keyof Actions, argument?: string | number]} KeyRow
 */

/** @type {[group: string, rows: KeyRow[]][]} */
export const KEY_GROUPS = [
  [
    "Play",
    [
      ["Play or pause", ["k", " "], "toggle"],
      ["Backwards, again: faster", ["j"], "shuttle", -1],
      ["Forwards, again: faster", ["l"], "shuttle", 1],
      ["One frame back", [",", "ArrowLeft"], "step", -1],
      ["One frame on", [".", "ArrowRight"], "step", 1],
      ["One second back", ["Shift+ArrowLeft"], "jump", -1],
      ["One second on", ["Shift+ArrowRight"], "jump", 1],
      ["Slower", ["<"], "speed", -1],
      ["Faster", [">"], "speed", 1],
      ["Usual speed, 1 ×", ["0"], "speed", 0],
      ["Loop from here", ["["], "loopFrom"],
      ["Loop up to here", ["]"], "loopTo"],
      ["End the loop, unlight the joints", ["Escape"], "release"],
    ],
  ],
  [
    "Show",
    [
      ["Skeleton; remembered apart for before and after your answer", ["h"], "view", "overlay"],
      ["Body", ["b"], "view", "body"],
      ["Face", ["f"], "view", "face"],
      ["Hands", ["g"], "view", "hands"],
      ["Picture (off: skeleton only)", ["o"], "view", "picture"],
      ["Box of the person", ["q"], "view", "box"],
      ["Zoom: whole picture, portrait, face", ["c"], "nextShot"],
      ["Full screen", ["z"], "fullScreen"],
      ["Blur the face", ["w"], "view", "blur"],
      ["Mute", ["m"], "view", "muted"],
      ["Zoom the timeline in", ["+", "="], "zoom", 2],
      ["Zoom the timeline out", ["-"], "zoom", 0.5],
    ],
  ],
  [
    "Judge",
    [
      ["Label, then confidence 1–3; after the reveal: change", ["1–9"], "digit"],
      ["Type a label, where there are more than nine", ["/"], "typeLabel"],
      ["Keep (assisted: accept)", ["a", "Enter"], "keep"],
      ["Unclear", ["x"], "unclear"],
      ["Skip", ["s"], "skip"],
      ["Choose another label", ["Backspace"], "unchoose"],
      ["Write the note; Esc leaves it, and the text stays", ["e"], "note"],
      ["Save again, after a failure", ["r"], "saveAgain"],
      ["Take the last decision back; a first answer stands", ["u", "Ctrl+z"], "undo"],
    ],
  ],
  [
    "Claims and clips",
    [
      ["Previous claim", ["Ctrl+ArrowLeft"], "claim", -1],
      ["Next claim", ["Ctrl+ArrowRight"], "claim", 1],
      ["The claim is true", ["t"], "verdict", "true"],
      ["The claim is false", ["d"], "verdict", "false"],
      ["What it claims cannot be seen", ["v"], "verdict", "cannot_see"],
      ["The claim is irrelevant", ["i"], "verdict", "irrelevant"],
      ["Next clip", ["n", "PageDown"], "next"],
      ["Previous clip", ["p", "PageUp"], "previous"],
      ["Coding manual", ["y"], "manual"],
      ["These keys", ["?"], "help"],
    ],
  ],
];

/** @type {Record<string, string>} how a key is written, where that is not its name in capitals */
export const KEY_FACES = {
  " ": "Space",
  ArrowLeft: "←",
  ArrowRight: "→",
  ArrowUp: "↑",
  ArrowDown: "↓",
  Escape: "Esc",
  Backspace: "⌫",
};

/** The key that a row of labels stands for: which digits there are, the study's labels say. */
export const LABEL_KEYS = /^[1-9]$/;

/**
 * The name of a pressed key: "a", "ArrowLeft", "Shift+ArrowLeft", "Ctrl+z".
 * @param {Pick<KeyboardEvent, "key" | "code" | "shiftKey" | "ctrlKey" | "metaKey">} event
 */
export function keyName(event) {
  let key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  // On a keyboard with non-Latin letters, or with digits on Shift, the position of the key decides.
  const digit = /^(?:Digit|Numpad)([0-9])$/.exec(event.code)?.[1];
  if (digit && !event.shiftKey) key = digit;
  const letter = /^Key([A-Z])$/.exec(event.code)?.[1];
  if (letter && !/^[\x20-\x7e]$/.test(key)) key = letter.toLowerCase();
  if (event.ctrlKey || event.metaKey) return `Ctrl+${key}`;
  return event.shiftKey && key.startsWith("Arrow") ? `Shift+${key}` : key;
}

/**
 * A key as people read it: "Ctrl+ArrowLeft" is "Ctrl ←", "a" is "A".
 * @param {string} name
 */
export function keyFace(name) {
  const [, modifier, key] = /^(?:(Ctrl|Shift)\+)?(.+)$/s.exec(name) ?? [];
  const face = KEY_FACES[key] ?? (key.length === 1 ? key.toUpperCase() : key);
  return modifier ? `${modifier} ${face}` : face;
}

/**
 * What identifies a row: its action, with the argument where there is one.
 * @param {keyof Actions} action
 * @param {string | number} [argument]
 */
export function rowId(action, argument) {
  return argument === undefined ? action : `${action}:${argument}`;
}
