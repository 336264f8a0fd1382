// Who else looks at the same case, and whether they type.

import { csrf, send } from "../desk.js";
import { say } from "./settings.js";

const page = crypto.randomUUID?.() ?? [...crypto.getRandomValues(new Uint8Array(16))].join("");
const BEAT = 15000;

let shown = "", typing = false;

/** Tell that this page is open, on which case, and whether somebody types. `awake()`: whether somebody is here. */
export function begin(awake) {
  setInterval(() => { if (awake()) tell(); }, BEAT);
  addEventListener("pagehide", () => {
    const headers = { "Content-Type": "application/json", "X-CSRF-Token": csrf() };
    fetch("/console/inbox/gone", { method: "POST", headers, body: JSON.stringify({ page }), keepalive: true });
  });
}

export function look(id) { shown = id; typing = false; return tell(); }
export function types(now) { typing = now; return tell(); }

/** Read who is here, and show it. */
export async function tell() {
  try {
    const { others } = await send("/console/inbox/here", { page, case: shown, typing });
    draw(others);
  } catch (error) {
    console.debug(error); // the stream tells when there is no connection
  }
}

function draw(others) {
  const place = document.getElementById("others");
  if (!place) return;
  const names = (list) => list.map(({ agent }) => agent).join(", ");
  const writing = others.filter((other) => other.typing), looking = others.filter((other) => !other.typing);
  const said = [];
  if (writing.length) said.push(say("typing", { names: names(writing) }));
  if (looking.length) said.push(say("viewing", { names: names(looking) }));
  const text = said.join(" · ");
  if (place.textContent !== text) place.textContent = text;
}
