// Mounts the Review screen for Streamlit, which calls again with fresh data after every rerun of the page;
// clip and playback are not disturbed.

import { Screen } from "./screen.js";

/** @import { ReviewData } from "./types.d.ts" */

/** @type {WeakMap<HTMLElement, {screen: Screen, unmount: () => void}>} */
const mounted = new WeakMap();

/**
 * @param {HTMLElement} parent that Streamlit gives the component
 * @param {ReviewData} data
 * @returns {() => void} the clean-up for when the component goes
 */
export function mount(parent, data) {
  const known = mounted.get(parent);
  if (known?.screen.reviewerId === data.reviewer.id) {
    known.screen.renew(data.token);
    return known.unmount;
  }
  known?.unmount();
  // Otherwise the keys would go to the field in which the reviewer was chosen.
  if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
  const host = parent.querySelector(".review-host");
  if (!(host instanceof HTMLElement)) throw new Error("The page has no place for the Review screen.");
  const screen = new Screen(host, data);
  const unmount = () => {
    if (mounted.get(parent)?.screen === screen) mounted.delete(parent);
    screen.close();
  };
  mounted.set(parent, { screen, unmount });
  return unmount;
}
