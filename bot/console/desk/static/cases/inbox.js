// The inbox: puts the list, the case and the customer in place, and keeps them as they are now.

import { toast } from "../desk.js";
import * as composer from "./composer.js";
import { act, ask, closeButtons, told } from "./dialogs.js";
import { keyboard } from "./keys.js";
import * as presence from "./presence.js";
import { say, settings } from "./settings.js";
import { calmly, fragment, listen } from "./stream.js";
import { tell as tellTimes } from "./times.js";

const keys = JSON.parse(settings.keys);
const list = document.getElementById("list");
const here = new URLSearchParams(location.search);
let lines = here.get("lines") ?? "";

const thread = () => document.getElementById("thread");
const current = () => thread().dataset.case;
const rows = () => [...list.querySelectorAll(".case-row")];

// The list

const readList = calmly(async () => {
  const asked = new URLSearchParams({ view: settings.view, q: settings.search, snoozed: settings.snoozed, case: current() });
  if (here.get("after")) asked.set("after", here.get("after"));
  if (rows().some((row) => row.dataset.case === current())) asked.set("keep", current()); // what is open stays in sight
  const found = (await fragment(`/console/inbox/list?${asked}`)).firstElementChild;
  const focused = document.activeElement?.closest?.(".case-row")?.dataset.case;
  list.replaceChildren(found);
  if (focused) list.querySelector(`[data-case="${focused}"]`)?.focus();
  for (const count of document.querySelectorAll("[data-count]")) count.textContent = found.dataset[count.dataset.count];
  document.title = document.title.replace(/^(\(\d+\) )?/, Number(found.dataset.mine) ? `(${found.dataset.mine}) ` : "");
  list.dataset.read = String(Date.now());
  tellTimes(list);
});

function mark() {
  for (const row of rows()) {
    if (row.dataset.case === current()) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
  }
}

// The case

function place(found, fresh) {
  const before = document.getElementById("lines"), after = found.querySelector("#lines");
  const low = !before || before.scrollHeight - before.scrollTop - before.clientHeight < 80;
  const height = before?.scrollTop ?? 0;
  const unfolded = new Set([...document.querySelectorAll("#lines details[open]")].map((d) => d.textContent));
  const inside = document.activeElement?.closest("#case-head [data-deed]")?.dataset.deed;
  for (const id of ["thread", "customer"]) document.getElementById(id).replaceWith(found.querySelector(`#${id}`));
  for (const details of document.querySelectorAll("#lines details")) details.open = unfolded.has(details.textContent);
  composer.show(thread(), fresh); // it takes room, so it comes before the scrolling
  if (after) after.scrollTop = fresh || low ? after.scrollHeight : height;
  if (inside) document.querySelector(`#case-head [data-deed="${inside}"]`)?.focus();
  tellTimes(thread());
  tellTimes(document.getElementById("customer"));
}

async function open(id, push = true) {
  try {
    lines = "";
    document.body.dataset.about = "";
    place(await fragment(`/console/inbox/cases/${id}`), true);
    if (push) history.pushState({ case: id }, "", `/console/inbox?view=${settings.view}&case=${id}`);
    mark();
    if (list.firstElementChild.dataset.kept) readList(); // it was there only while it was open
    await presence.look(id);
  } catch (error) {
    toast(error.message, { bad: true });
  }
}

const readCase = calmly(async () => {
  const id = current();
  if (!id) return;
  try {
    const found = await fragment(`/console/inbox/cases/${id}${lines ? `?lines=${lines}` : ""}`);
    if (current() !== id) return; // another case was opened meanwhile
    const others = document.getElementById("others")?.textContent ?? "";
    place(found, false);
    document.getElementById("others").textContent = others;
  } catch (error) {
    toast(error.message, { bad: true });
  }
});

const readAll = () => Promise.all([readList(), readCase()]);

function step(by) {
  const all = rows();
  const at = all.findIndex((row) => row === document.activeElement || row.dataset.case === current());
  const next = all[Math.min(all.length - 1, Math.max(0, at + by))] ?? all[0];
  if (!next) return false;
  next.focus();
  return open(next.dataset.case);
}

// Deeds

async function done(deed, value, answer) {
  toast(say(told[deed]));
  if (deed === "help") { Object.assign(keys, answer.keys); return; }
  const leaving = current();
  await readList();
  if (deed === "resolve" && value === "next") {
    const next = rows().find((row) => row.dataset.case !== leaving);
    if (next) await open(next.dataset.case);
    else await readCase();
  } else await readCase();
}

const DEEDS = {
  next: () => step(1),
  previous: () => step(-1),
  open: () => { const row = document.activeElement?.closest(".case-row") ?? rows()[0]; return row ? open(row.dataset.case) : false; },
  reply: () => (claiming ? claiming.then(() => composer.focus("reply")) : composer.focus("reply")),
  note: () => composer.focus("note"),
  undo: () => composer.undo(),
  search: () => document.getElementById("q").focus(),
  inbox: () => location.assign("/console/inbox"),
  live: () => location.assign("/console/live"),
  help: () => ask("help", thread(), done),
  about: () => { document.body.dataset.about = document.body.dataset.about === "yes" ? "" : "yes"; },
};
const ASKING = ["resolve", "transfer", "snooze", "hand_back"];

let claiming = null; // while a claim is on its way

// Who claims by the mouse writes next. Who claims by its key goes on by keys: in the box the next one would be a letter.
function claim(byKey) {
  claiming = act("claim", thread(), "claimed").then(readAll).then(() => {
    if (!byKey) composer.focus("reply");
    else if (document.activeElement === document.body) document.getElementById("lines")?.focus();
  }).finally(() => { claiming = null; });
  return claiming;
}

function doIt(deed, byKey = false) {
  if (DEEDS[deed]) return DEEDS[deed]();
  const may = document.querySelector(`#case-head [data-deed="${deed}"]`);
  if (deed === "canned") return current() && thread().dataset.may === "yes" ? ask("canned", thread(), done) : false;
  if (!may) return false;
  if (ASKING.includes(deed)) return ask(deed, thread(), done);
  return deed === "claim" ? claiming ?? claim(byKey) : act(deed, thread(), "reopened").then(readAll);
}

// Wiring

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-deed]"), row = event.target.closest(".case-row");
  if (button) doIt(button.dataset.deed);
  else if (row && !event.ctrlKey && !event.metaKey && !event.shiftKey) { event.preventDefault(); open(row.dataset.case); }
});
addEventListener("deed", (event) => doIt(event.detail));
addEventListener("popstate", () => location.reload());

keyboard(keys, (deed) => doIt(deed, true));
closeButtons();
composer.begin({ onChange: readAll, onTyping: presence.types });
composer.show(thread(), true);
mark();
tellTimes();
const after = document.getElementById("lines");
if (after) after.scrollTop = after.scrollHeight;

const stream = listen((hint) => {
  if (hint.kind === "presence") { if (String(hint.case ?? "") === current() || !hint.case) presence.tell(); return; }
  readList();
  const mine = hint.kind === "hello" || String(hint.conversation) === thread().dataset.conversation || String(hint.case) === current();
  if (mine) readCase();
  document.body.dataset.live = "yes";
});
presence.begin(stream.awake);
presence.look(current());
setInterval(tellTimes, 10000);
setInterval(() => { if (stream.awake()) readList(); }, 60000); // clocks run on, and put-off cases come back
