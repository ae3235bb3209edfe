// Mounts the Review screen for Streamlit, which calls again with fresh data after every rerun of the page;
// clip and playback are not disturbed.

import { Screen } from "./screen.js";

/** @import { ReviewData } from "./types.d.ts" */

/** @type {WeakMap<HTMLElement, {screen: Screen, close: () => void, unmount: () => void}>} */
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
  known?.close();
  // Otherwise the keys would go to the field in which the reviewer was chosen.
  if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
  const host = parent.querySelector(".review-host");
  if (!(host instanceof HTMLElement)) throw new Error("The page has no place for the Review screen.");
  const screen = new Screen(host, data);
  const close = () => {
    if (mounted.get(parent)?.screen === screen) mounted.delete(parent);
    screen.close();
  };
  // Streamlit also cleans up after a call that a newer one has overtaken (a changed theme, two reruns in a row), while the
  // component stays: what is judged just now would be lost with the screen. Where it goes, its place has left the page before.
  const unmount = () => {
    if (!host.isConnected) close();
  };
  mounted.set(parent, { screen, close, unmount });
  return unmount;
}
