// A group of which one is chosen, as keyboards know it: one stop for Tab, the arrows choose.
import { h } from "./dom.js";

const STEPS = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };

// `options`: { value, content, and further properties of the button }. The group keeps the keyboard when it is drawn anew.
export function radios(place, options, chosen, choose) {
  const focused = place.contains(document.activeElement);
  const buttons = options.map(({ value, content, ...more }) => h("button", { type: "button", role: "radio", "aria-checked": String(value === chosen),
    tabindex: value === chosen ? "0" : "-1", onclick: () => value !== chosen && choose(value), ...more }, content));
  place.replaceChildren(...buttons);
  place.onkeydown = (event) => {
    const step = STEPS[event.key], at = options.findIndex((option) => option.value === chosen);
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    choose(options[(at + step + options.length) % options.length].value);
  };
  if (focused) buttons.find((button) => button.tabIndex === 0)?.focus();
}
