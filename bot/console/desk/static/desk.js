// What every page of the console has. Pages' own scripts import from here.

import { whole, withZone } from "./moments.js";

/** The session's token, which goes with everything that changes something. */
export const csrf = () => document.querySelector("meta[name=csrf]")?.content ?? "";

/** Send JSON and get JSON. Throws an Error whose message is a sentence for the reader. */
export async function send(path, data = {}, method = "POST") {
  const headers = { "Content-Type": "application/json", Accept: "application/json", "X-CSRF-Token": csrf() };
  const answer = await fetch(path, { method, headers, body: JSON.stringify(data) });
  if (answer.status === 401) {
    location.assign("/console/sign-in?next=" + encodeURIComponent(location.pathname + location.search));
  }
  const body = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(body.error), { status: answer.status });
  return body;
}

/** Tell something for a few seconds. `action`: {label, run} adds a button (such as undo). Returns a function that ends it. */
export function toast(text, { seconds = 6, action = null, bad = false } = {}) {
  const place = document.getElementById("toasts");
  const note = document.createElement("p");
  note.className = bad ? "toast bad" : "toast";
  if (!bad && !action && seconds < 60) { // of what only says that it was done, the last is enough
    place.querySelector("[data-passing]")?.remove();
    note.dataset.passing = "";
  }
  note.append(text);
  const end = () => note.remove();
  if (action) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = action.label;
    button.addEventListener("click", () => { end(); action.run(); });
    note.append(button);
  }
  place.append(note);
  setTimeout(end, seconds * 1000);
  return end;
}

function greet() {
  const said = document.querySelector("#toasts .toast");
  if (!said) return;
  setTimeout(() => said.remove(), 6000);
  const here = new URL(location.href); // a reload does not say it again
  here.searchParams.delete("said");
  history.replaceState(history.state, "", here);
}

/** A form with `data-sure` asks before it is sent; a button with `data-copy` copies what stands in the named element. */
function mind() {
  document.addEventListener("submit", (event) => {
    const question = event.submitter?.dataset.sure ?? event.target.dataset.sure;
    if (question && !confirm(question)) event.preventDefault();
  });
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const from = document.getElementById(button.dataset.copy);
    await navigator.clipboard.writeText(from.value ?? from.textContent);
    toast(button.dataset.copied);
  });
}

/** Moments in the reader's own time zone and language. */
export function localTimes(root = document) {
  for (const time of root.querySelectorAll("time[data-local]")) {
    const when = new Date(time.dateTime);
    time.textContent = whole(when);
    time.title = withZone(when);
  }
}

greet();
mind();
localTimes();
document.getElementById("problem")?.scrollIntoView({ block: "nearest" });
document.body.dataset.ready = "yes";
