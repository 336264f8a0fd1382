// Times in the reader's own zone and language. The server writes ISO 8601; what a reader sees is made here.

import { dayOf, short, withZone } from "../moments.js";
import { say } from "./settings.js";

/** Seconds as 45 s, 12 min, 3 h 05, 2 d. */
export function span(seconds) {
  const all = Math.max(0, Math.floor(seconds));
  if (all < 60) return `${all} s`;
  const minutes = Math.floor(all / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${String(minutes % 60).padStart(2, "0")}`;
  return `${Math.floor(hours / 24)} d`;
}

const SHOWN = {
  at: short,
  day: dayOf,
  since: (when) => span((Date.now() - when) / 1000),
  left: (when) => {
    const seconds = (when - Date.now()) / 1000;
    return say(seconds >= 0 ? "left" : "over", { time: span(Math.abs(seconds)) });
  },
};

/** Write every time below `root` as its reader wants it. */
export function tell(root = document) {
  for (const element of root.querySelectorAll("time[data-show]")) {
    const when = new Date(element.dateTime);
    const text = SHOWN[element.dataset.show](when);
    if (element.textContent !== text) element.textContent = text;
    if (!element.title) element.title = withZone(when);
  }
}
