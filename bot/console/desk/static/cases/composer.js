// What an agent writes: a reply or a private note. Drafts are kept in this browser, one for each case.

import { send, toast } from "../desk.js";
import { segments } from "./segments.js";
import { say } from "./settings.js";
import { span } from "./times.js";

const form = document.getElementById("composer");
const box = document.getElementById("words");
const count = document.getElementById("count");
const button = document.getElementById("send");

let here = null;       // the thread that is shown: its element
let last = null;       // the letter that can still be taken back
let changed = () => {};
let typed = () => {};
let opened = 0;

const key = (id) => `conductor-draft-${id}`;
const mode = () => form.elements.mode.value;

/** `onChange`: after something was sent. `onTyping(bool)`: for those who look at the same case. */
export function begin({ onChange, onTyping }) {
  changed = onChange; typed = onTyping;
  let quiet = 0, told = 0;
  box.addEventListener("input", () => {
    keep(); measure();
    if (Date.now() - told > 3000) { told = Date.now(); typed(true); }
    clearTimeout(quiet);
    quiet = setTimeout(() => { told = 0; typed(false); }, 4000);
  });
  box.addEventListener("keydown", (event) => {
    if (event.key === "Escape") box.blur();
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); submit(); }
    if (event.key === "/" && !box.value && mode() === "reply") {
      event.preventDefault();
      dispatchEvent(new CustomEvent("deed", { detail: "canned" }));
    }
  });
  form.addEventListener("change", (event) => { if (event.target.name === "mode") { keep(); dress(); } });
  form.addEventListener("submit", (event) => { event.preventDefault(); submit(); });
  setInterval(measure, 15000);
}

/** The case that is shown now; `fresh`: another one than before. */
export function show(thread, fresh) {
  here = thread?.dataset.case ? thread : null;
  form.hidden = !here || here.dataset.may !== "yes";
  if (!here) return;
  if (fresh) {
    opened = Date.now(); last = null;
    const draft = JSON.parse(localStorage.getItem(key(here.dataset.case)) ?? "null");
    box.value = draft?.text ?? "";
    form.elements.mode.value = draft?.mode ?? "reply";
  }
  dress();
}

function blocked() { return !document.getElementById("obstacle").hidden; }

function dress() {
  const note = mode() === "note";
  form.dataset.mode = mode();
  box.disabled = !note && blocked();
  button.disabled = box.disabled;
  box.placeholder = say(note ? "note" : "reply");
  button.textContent = say(note ? "send_note" : "send");
  measure();
}

function keep() {
  if (!here) return;
  const name = key(here.dataset.case);
  if (box.value) localStorage.setItem(name, JSON.stringify({ text: box.value, mode: mode() }));
  else localStorage.removeItem(name);
}

function measure() {
  if (!here) return;
  const n = [...box.value].length, most = Number(here.dataset.most);
  const parts = here.dataset.channel === "sms" ? segments(box.value) : Math.ceil(n / most);
  const several = parts > 1 ? "parts" : "characters";
  const said = [say(here.dataset.channel === "sms" ? "segments" : several, { n, parts })];
  const seconds = document.getElementById("window")?.dataset.seconds;
  if (seconds) {
    const left = Number(seconds) - (Date.now() - opened) / 1000;
    if (left > 0) said.push(say("window", { time: span(left) }));
  }
  count.textContent = said.join(" · ");
}

async function submit() {
  const text = box.value.trim(), id = here?.dataset.case, what = mode();
  if (!text || !id || box.disabled || button.disabled) return;
  button.disabled = true; // a second Enter sends nothing
  try {
    const answer = await send(`/console/inbox/cases/${id}/${what}`, { text });
    if (here?.dataset.case === id) box.value = "";
    localStorage.removeItem(key(id));
    typed(false);
    if (what === "reply") offer(id, answer);
    else toast(say("noted"));
    form.elements.mode.value = "reply";
  } catch (error) {
    toast(error.message, { bad: true });
  }
  button.disabled = false;
  await changed();
  dress();
}

function offer(id, { letter, seconds }) {
  const end = toast(say("sent"), { seconds, action: { label: say("undo"), run: () => undo() } });
  last = { id, letter, end, until: Date.now() + seconds * 1000 };
}

/** Take back what was sent last, while it is still held. False when there is nothing. */
export function undo() {
  if (!last || Date.now() > last.until) return false;
  const { id, letter, end } = last;
  last = null; end();
  take(id, letter);
  return true;
}

async function take(id, letter) {
  try {
    const { text } = await send(`/console/inbox/cases/${id}/undo`, { letter: String(letter) });
    if (here?.dataset.case === id && !box.value) { box.value = text; keep(); focus("reply"); }
    else if (!localStorage.getItem(key(id))) localStorage.setItem(key(id), JSON.stringify({ text, mode: "reply" }));
    toast(say("undone"));
  } catch (error) {
    toast(error.message, { bad: true });
  }
  await changed();
}

/** Write a reply or a note. */
export function focus(what) {
  if (form.hidden) return false;
  form.elements.mode.value = what;
  dress();
  if (box.disabled) return false;
  box.focus();
  return true;
}

/** Put a canned reply where the cursor is. */
export function insert(text) {
  if (!focus("reply")) return;
  box.setRangeText(text, box.selectionStart, box.selectionEnd, "end");
  keep(); measure();
}
