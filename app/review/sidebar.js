// Streamlit's sidebar beside the Review screen: in a window in which it would take the picture's room it starts shut, unless
// this browser's reviewer has opened or shut it, which Streamlit remembers.

const NARROW_PX = 1180;
const REMEMBERED = "stSidebarCollapsed-"; // start of Streamlit's key in localStorage
const SHUT = '[data-testid="stSidebarCollapseButton"] button[aria-expanded="true"]';

/** Shuts the sidebar of a narrow window where nobody has chosen otherwise; later widths and pages decide anew. */
export function makeRoom() {
  if (window.innerWidth >= NARROW_PX || rememberedKeys().length > 0) return;
  const shut = document.querySelector(SHUT);
  if (!(shut instanceof HTMLElement)) return;
  shut.click();
  for (const key of rememberedKeys()) localStorage.removeItem(key); // it was no choice of the reviewer's
}

function rememberedKeys() {
  return Object.keys(localStorage).filter((key) => key.startsWith(REMEMBERED));
}
