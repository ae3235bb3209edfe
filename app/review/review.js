// What Streamlit calls to put the Review screen on the page. It calls again with fresh data after every rerun of the page;
// the clip on the screen and its playback stay as they are.

import { Screen } from "./screen.js";

/** @import { ReviewData } from "./types.d.ts" */

const REVIEWER_COOKIE = "telltale_reviewer"; // the page reads it after a reload, so that it need not ask who reviews

/** @type {WeakMap<HTMLElement, {screen: Screen, unmount: () => void}>} */
const mounted = new WeakMap();

/**
 * @param {HTMLElement} parent that Streamlit gives the component
 * @param {ReviewData} data
 * @returns {() => void} the clean-up for when the component goes
 */
export function mount(parent, data) {
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not in every browser that Streamlit supports
  document.cookie = `${REVIEWER_COOKIE}=${data.token}; Path=/; SameSite=Strict`;
  const known = mounted.get(parent);
  if (known?.screen.reviewerId === data.reviewer.id) {
    known.screen.renew(data.token);
    return known.unmount;
  }
  known?.unmount();
  // The field in which the reviewer was chosen would swallow the keys.
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
