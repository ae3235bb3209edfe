// The Review screen, not only its picture, over the whole monitor, so that one can judge in it.

/** Whether this browser can; a phone's may not. */
export function canFillScreen() {
  return document.fullscreenEnabled;
}

/**
 * @param {HTMLElement} host
 * @returns {boolean}
 */
export function fillsScreen(host) {
  return host.matches(":fullscreen");
}

/** @param {HTMLElement} host */
export async function toggleFullScreen(host) {
  if (fillsScreen(host)) await document.exitFullscreen();
  else if (canFillScreen()) await host.requestFullscreen({ navigationUI: "hide" });
}
