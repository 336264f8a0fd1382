// Hints from the server that something changed. They say nothing more: the page reads again what it shows.

import { toast } from "../desk.js";
import { say } from "./settings.js";

const IDLE = 60 * 60 * 1000; // who has not touched the page for an hour is not here: the session may end
const ENOUGH = 250;          // milliseconds between two readings of the same thing

/** Calls `hear({kind, conversation, case})` for each hint, and `hear({kind: "hello"})` whenever it is connected anew. */
export function listen(hear) {
  let source = null, touched = Date.now(), ended = null;
  const open = () => {
    source = new EventSource("/console/inbox/events");
    source.onmessage = (message) => {
      ended?.(); ended = null;
      const hint = JSON.parse(message.data);
      if (hint.kind !== "signed_out") { hear(hint); return; }
      source.close();
      location.assign("/console/sign-in?next=" + encodeURIComponent(location.pathname + location.search));
    };
    source.onerror = () => {
      ended ??= toast(say("offline"), { seconds: 3600 });
      if (source.readyState === EventSource.CLOSED) setTimeout(open, 3000);
    };
  };
  const touch = () => {
    touched = Date.now();
    if (!source) { ended?.(); ended = null; open(); }
  };
  for (const kind of ["keydown", "pointerdown", "pointermove"]) addEventListener(kind, touch, { passive: true });
  setInterval(() => {
    if (!source || Date.now() - touched < IDLE) return;
    source.close(); source = null;
    ended = toast(say("idle"), { seconds: 36000 });
  }, 60000);
  addEventListener("pagehide", () => source?.close());
  open();
  return { awake: () => source !== null };
}

const rest = () => new Promise((done) => setTimeout(done, ENOUGH));

/** A function that runs `work` now, and once more at the end of a rush of calls; never two at a time. What it returns
 *  is over when a run is that began after the call. */
export function calmly(work) {
  let busy = null, next = null;
  const run = () => {
    if (busy) return (next ??= busy.then(() => { next = null; return run(); }));
    const now = work();
    busy = now.catch(() => {}).then(rest).then(() => { busy = null; });
    return now;
  };
  return run;
}

/** The elements of a fragment of a page. A session that is over leads to the sign-in. */
export async function fragment(path) {
  const answer = await fetch(path, { headers: { Accept: "text/html" } });
  if (answer.redirected && new URL(answer.url).pathname === "/console/sign-in") location.assign(answer.url);
  const text = await answer.text();
  const found = new DOMParser().parseFromString(text, "text/html");
  if (!answer.ok) throw new Error(found.querySelector("main p")?.textContent ?? answer.statusText);
  return found.body;
}
