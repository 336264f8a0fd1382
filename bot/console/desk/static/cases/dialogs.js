// Deeds that ask something first: resolve, transfer, snooze, hand back, canned replies, shortcuts.

import { send, toast } from "../desk.js";
import { say } from "./settings.js";
import { insert } from "./composer.js";

const get = async (path) => (await fetch(path, { headers: { Accept: "application/json" } })).json();

/** Open the dialog of a deed. `done(deed, value)` is called after it worked. */
export function ask(deed, thread, done) {
  const dialog = document.getElementById(deed);
  const form = dialog.querySelector("form");
  const problem = dialog.querySelector("[role=alert]");
  if (problem) problem.hidden = true;
  if (deed !== "help" && deed !== "canned") form.reset();
  for (const offer of form.querySelectorAll("[data-survey]")) offer.hidden = offer.dataset.survey !== thread.dataset.survey;
  for (const warning of form.querySelectorAll("[data-unanswered]")) warning.hidden = warning.dataset.unanswered !== thread.dataset.unanswered;
  if (deed === "transfer") prepareTransfer(form, thread);
  if (deed === "canned") prepareCanned(dialog, thread);
  form.onsubmit = async (event) => {
    event.preventDefault();
    const value = event.submitter?.value ?? "";
    if (deed === "canned") return pickFirst(dialog);
    try {
      const path = deed === "help" ? "/console/inbox/shortcuts" : `/console/inbox/cases/${thread.dataset.case}/${deed}`;
      const answer = await send(path, data(deed, form, value));
      dialog.close();
      await done(deed, value, answer);
    } catch (error) {
      problem.textContent = error.message;
      problem.hidden = false;
    }
  };
  dialog.showModal();
}

function data(deed, form, value) {
  const given = Object.fromEntries(new FormData(form));
  if (deed === "resolve") return { ...given, resume: "resume" in given };
  if (deed === "snooze") return { until: value };
  if (deed === "hand_back") return { resume: value === "resume" };
  return given;
}

async function prepareTransfer(form, thread) {
  const { team, agent } = form.elements;
  const fill = async () => {
    const path = `/console/inbox/cases/${thread.dataset.case}/colleagues?team=${encodeURIComponent(team.value)}`;
    const { agents } = await get(path);
    agent.length = 1;
    for (const name of agents) agent.add(new Option(name, name));
  };
  team.value = thread.dataset.team;
  team.onchange = fill;
  await fill();
}

async function prepareCanned(dialog, thread) {
  const list = dialog.querySelector("#canned-list"), search = dialog.querySelector("#canned-search");
  list.replaceChildren(); search.value = "";
  const { canned } = await get(`/console/inbox/cases/${thread.dataset.case}/canned`);
  dialog.querySelector("#canned-none").hidden = canned.length > 0;
  const draw = () => {
    const begun = search.value.toLowerCase();
    const found = canned.filter(({ name, text }) => `${name} ${text}`.toLowerCase().includes(begun));
    list.replaceChildren(...found.map((one) => item(dialog, one)));
  };
  search.oninput = draw;
  draw();
  search.focus();
}

function item(dialog, { name, text }) {
  const row = document.createElement("li"), button = document.createElement("button");
  const title = document.createElement("b"), words = document.createElement("span");
  title.textContent = name; words.textContent = text;
  button.type = "button"; button.append(title, words);
  button.addEventListener("click", () => { dialog.close(); insert(text); });
  row.append(button);
  return row;
}

function pickFirst(dialog) { dialog.querySelector("#canned-list button")?.click(); }

/** Buttons that only close. */
export function closeButtons() {
  for (const button of document.querySelectorAll("dialog [data-close]")) {
    button.addEventListener("click", () => button.closest("dialog").close());
  }
}

export const told = { resolve: "resolved", transfer: "transferred", snooze: "snoozed", hand_back: "handed_back", help: "kept" };

/** A deed that asks nothing. */
export async function act(deed, thread, sentence) {
  try {
    await send(`/console/inbox/cases/${thread.dataset.case}/${deed}`, {});
    toast(say(sentence));
  } catch (error) {
    toast(error.message, { bad: true });
  }
}
