// The keyboard: one key, or "g" and another. Nobody has to use the mouse.

const PATIENCE = 1200; // milliseconds between "g" and the key after it

const writing = (element) => element?.matches("input:not([type=radio], [type=checkbox]), textarea, select");

/** `keys`: deed → key. `doIt(deed)` returns false when it does not apply, and the key is the browser's again. */
export function keyboard(keys, doIt) {
  let first = "", since = 0;
  const deeds = () => Object.fromEntries(Object.entries(keys).map(([deed, key]) => [key, deed]));
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (document.querySelector("dialog[open]") || writing(event.target)) return;
    if (event.key === "Enter" && event.target.closest("a, button, summary")) return;
    const known = deeds();
    const pair = first && Date.now() - since < PATIENCE ? `${first} ${event.key}` : "";
    first = "";
    const deed = known[pair] ?? known[event.key];
    if (!deed) {
      if (Object.keys(known).some((key) => key.startsWith(`${event.key} `))) { first = event.key; since = Date.now(); }
      return;
    }
    if (doIt(deed) !== false) event.preventDefault();
  });
}
