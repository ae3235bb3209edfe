// Hears the keys that are pressed on the page. None acts while somebody types in a field.

import { keyName } from "../keys.js";

/** @import { Actions } from "../types.d.ts" */
/** @import { KeyMap } from "./key_map.js" */

/** @type {Set<keyof Actions>} */
const REPEATABLE = new Set(["step", "jump"]); // other actions, held down, would affect clip after clip
const NATIVE = new Set([" ", "Enter"]); // keys that act on the focused button instead

/**
 * How pressed keys are heard: `keys` says what they do, `isBlocked` what they must not do now, and `take` takes a key away
 * before it does anything (while another key is chosen for a row).
 * @typedef {object} Hearing
 * @property {KeyMap} keys
 * @property {(action: keyof Actions) => boolean} isBlocked
 * @property {(name: string) => boolean} take
 * @property {(key: string) => void} onUp a key was released
 * @property {(action: keyof Actions, press: {key: string, held: boolean}) => boolean} isRefused whether a press does not
 *   count, for it repeats the one before
 */

/**
 * Whether the action repeats while its key is held down.
 * @param {keyof Actions} action
 */
export function isRepeatable(action) {
  return REPEATABLE.has(action);
}

/**
 * Acts on keys pressed anywhere on the page that is not a field; returns how to stop.
 * @param {Actions} actions
 * @param {Hearing} hearing
 */
export function listen(actions, { keys, isBlocked, take, onUp, isRefused }) {
  /** @param {KeyboardEvent} event */
  const onKey = (event) => {
    if (event.defaultPrevented || event.isComposing || event.altKey) return;
    const name = keyName(event);
    if (take(name)) {
      swallow(event);
      return;
    }
    const target = event.composedPath()[0];
    if (isField(target) || document.querySelector('[data-testid="stDialog"], [data-testid="stModal"]')) return;
    const bound = keys.boundTo(name);
    if (!bound || (NATIVE.has(name) && isFocusedControl(target))) return;
    const [action, argument] = bound;
    if (isBlocked(action)) return;
    swallow(event);
    const held = event.repeat;
    if (isRefused(action, { key: name, held }) || (held && !isRepeatable(action))) return;
    // The table pairs each action with an argument of its own type, which the type of a list cannot express.
    /** @type {(argument?: any) => void} */ (actions[action])(argument);
  };
  /** @param {KeyboardEvent} event */
  const onKeyUp = (event) => onUp(keyName(event));
  window.addEventListener("keydown", onKey, { capture: true });
  window.addEventListener("keyup", onKeyUp, { capture: true });
  return () => {
    window.removeEventListener("keydown", onKey, { capture: true });
    window.removeEventListener("keyup", onKeyUp, { capture: true });
  };
}

/** @param {KeyboardEvent} event */
function swallow(event) {
  event.preventDefault();
  event.stopPropagation();
}

const FIELDS = "textarea, select, [contenteditable], [role=textbox], [role=combobox], [role=listbox], [role=menu]";
const CONTROLS = "button, a, summary, input, [role=button], [role=tab]";

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
