// The panels beside the phone: understanding, answers, the case, the agent.
import { h } from "./dom.js";
import { spoken, WORDS } from "./words.js";

const percent = (n) => `${Math.round(n * 100)} %`;
const bar = (share, name) => h("span", { class: "meter", role: "meter", "aria-label": name, "aria-valuemin": "0", "aria-valuemax": "1", "aria-valuenow": share.toFixed(2) },
  h("i", { vars: { "--share": share } }));
const hint = (words) => h("p", { class: "hint" }, words);
const plain = (value) => (Array.isArray(value) ? value.map(plain).join(", ") : value === true ? WORDS.yes : value === false ? WORDS.no : String(value));
const human = (name) => name.replace(/^action_|^utter_/, "").replaceAll("_", " ");

const ROOMY = 800; // px of height from which the panels have room for the closest meanings
let lastUnderstood = "";
export function understood(place, data, pressed) {
  const sign = JSON.stringify([data, pressed, spoken]);
  if (sign === lastUnderstood && place.childElementCount) return;
  lastUnderstood = sign;
  if (!data) return place.replaceChildren(hint(WORDS.understoodEmpty));
  const read = data.reading || (pressed !== null ? { kind: "pressed", value: pressed } : { kind: "none" });
  const reading = data.intent?.startsWith("faq/") ? { ...read, kind: "question" } : read; // an open question takes any words as a value
  const value = reading.value ?? null;
  const candidates = reading.candidates || [];
  const parts = [h("div", { class: `reading ${reading.kind}` },
    h("span", { class: "kind" }, WORDS.kinds[reading.kind] || reading.kind),
    value !== null ? h("strong", { class: plain(value).length > 24 ? "value long" : "value" }, [plain(value), ...(reading.kind === "control" ? candidates : [])].map(plain).join(" ")) : candidates.length ? h("strong", { class: "value" }, candidates.map(plain).join(" / ")) : null,
    h("span", { class: "ms" }, WORDS.ms(data.ms || 0)))];
  if (reading.rest) parts.push(h("p", { class: "fact" }, h("span", {}, WORDS.beside), h("q", {}, reading.rest)));
  if (data.digression) parts.push(h("p", { class: "fact" }, h("span", {}, WORDS.digression), h("code", { class: "tag warm" }, data.digression)));
  parts.push(h("p", { class: "fact" }, h("span", {}, WORDS.intent), h("code", { class: "tag" }, data.intent || "–"), bar(data.confidence || 0, WORDS.confidence), h("b", {}, percent(data.confidence || 0))));
  const others = (data.ranking || []).filter(([name]) => name !== data.intent).slice(0, 3);
  if (others.length) parts.push(h("details", { class: "ranking", open: innerHeight > ROOMY }, h("summary", {}, WORDS.ranking),
    others.map(([name, share]) => h("p", { class: "fact" }, h("code", {}, name), bar(share, name), h("b", {}, percent(share))))));
  if (data.actions?.length) parts.push(h("ol", { class: "steps", "aria-label": WORDS.actions }, data.actions.map((name) => h("li", { title: name }, human(name)))));
  place.replaceChildren(...parts);
  place.classList.remove("news");
  requestAnimationFrame(() => place.classList.add("news"));
}

let lastAnswers = "";
export function answers(place, list) {
  const sign = JSON.stringify([list, spoken]);
  if (sign === lastAnswers && place.childElementCount) return;
  lastAnswers = sign;
  if (!list.length) return place.replaceChildren(hint(WORDS.answersEmpty));
  const known = new Set([...place.querySelectorAll("li")].map((li) => li.dataset.sign));
  place.replaceChildren(h("ul", { class: "answers" }, list.map((a) => {
    const sign = JSON.stringify(a);
    const words = a.skipped ? WORDS.skipped : typeof a.value === "boolean" ? plain(a.value) : a.label || (a.value === null ? "–" : plain(a.value));
    return h("li", { class: `${a.state} ${known.has(sign) ? "" : "fresh"}`, "data-sign": sign },
      h("span", { class: "node" }, a.node),
      h("span", { class: "given" }, a.state === "current" ? words : h("s", {}, words), WORDS.states[a.state] ? h("em", {}, WORDS.states[a.state]) : null, a.comment ? h("q", { class: "beside", dir: "auto" }, a.comment) : null),
      a.band && !a.skipped ? h("span", { class: `band ${a.band}` }, WORDS.bands[a.metric?.replace(/[12]$/, "")]?.[a.band] ?? a.band) : null);
  })));
}

// Until a person must have answered; once one has, until it must be resolved.
function clock(c) {
  const due = (c.first_response_at && c.resolve_by) || c.due_at;
  const left = c.first_response_at ? WORDS.caseLeftResolve : WORDS.caseLeft;
  return h("div", { class: "clock" }, h("time", { datetime: due, "data-due": due, "data-left": left, role: "timer" }, ""), h("small", {}, left));
}

const OVER = ["resolved", "closed"];
const teamName = (c) => c.team_name[spoken] || c.team_name.en || c.team;

// `resolve` is called with the case whose button was pressed.
export function recovery(place, cases, resolve) {
  const shown = place.querySelectorAll(".case");
  const sign = JSON.stringify([cases, spoken]);
  if (place.dataset.sign === sign) return;
  place.dataset.sign = sign;
  const known = new Set([...shown].map((el) => el.dataset.case));
  place.replaceChildren(...[...cases].reverse().map((c) => h("article", { class: `case ${known.has(String(c.id)) ? "" : "fresh"}`, "data-case": c.id, "aria-label": WORDS.caseTitle },
    h("header", {}, h("b", {}, `${WORDS.caseTitle} #${c.id}`), h("span", { class: `tag ${c.priority}` }, WORDS.priorities[c.priority] || c.priority)),
    OVER.includes(c.status) ? null : clock(c),
    c.verbatim ? h("blockquote", { dir: "auto" }, c.verbatim.split("\n").filter((line) => line.trim()).map((line) => h("p", {}, line))) : null,
    h("dl", {}, h("div", {}, h("dt", { class: "unseen" }, WORDS.caseTeam), h("dd", {}, teamName(c))), h("div", {}, h("dt", { class: "unseen" }, WORDS.caseStatus), h("dd", {}, WORDS.caseStates[c.status] || c.status, c.agent ? ` · ${c.agent}` : "")),
      h("div", {}, h("dt", { class: "unseen" }, WORDS.caseWhy), h("dd", {}, WORDS.caseReasons[c.reason] || c.reason, c.score !== null && c.score !== undefined ? ` ${c.score}` : ""))),
    h("footer", {}, h("a", { href: `/console/inbox?view=${OVER.includes(c.status) ? "done" : "all"}&case=${c.id}`, target: "_blank", rel: "noopener" }, WORDS.caseConsole),
      OVER.includes(c.status) ? null : h("button", { type: "button", class: "secondary", onclick: () => resolve(c) }, WORDS.resolve.open)))));
  place.hidden = !cases.length;
  tick(place);
}

// Counts down.
export function tick(place) {
  for (const el of place.querySelectorAll("[data-due]")) {
    const left = Math.floor((new Date(el.dataset.due) - Date.now()) / 1000);
    const s = Math.abs(left), two = (n) => String(n).padStart(2, "0");
    el.textContent = `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
    el.parentElement.classList.toggle("late", left < 0);
    el.nextElementSibling.textContent = left < 0 ? WORDS.caseLate : el.dataset.left;
  }
}

// A second press while the first is on its way would be refused by the server.
async function once(button, work) {
  button.disabled = true;
  button.dataset.busy = "yes";
  try { await work(); } finally { delete button.dataset.busy; button.disabled = false; }
}

export class Agent {
  constructor(place, { claim, reply, handBack }) {
    this.take = h("button", { type: "button", class: "secondary", onclick: () => once(this.take, claim) });
    this.hint = hint("");
    this.input = h("input", { type: "text", class: "field", autocomplete: "off" });
    this.back = h("button", { type: "button", class: "secondary", onclick: () => once(this.back, handBack) });
    this.banner = h("p", { class: "notice", role: "status" });
    this.send = h("button", { class: "primary" });
    this.form = h("form", { class: "answering", onsubmit: (e) => { e.preventDefault(); const t = this.input.value.trim(); if (t) { this.input.value = ""; reply(t); } } },
      h("div", { class: "line" }, this.banner, this.back), h("div", { class: "line" }, this.input, this.send));
    place.replaceChildren(h("div", { class: "line offer" }, this.hint, this.take), this.form);
    this.translate();
    this.draw(null);
  }

  // What is being written stays.
  translate() {
    this.take.textContent = WORDS.takeOver;
    this.back.textContent = WORDS.handBack;
    this.send.textContent = WORDS.send;
    this.input.placeholder = WORDS.reply;
    this.input.setAttribute("aria-label", WORDS.reply);
  }

  draw(conversation) {
    // Asked for a person, and nobody has come yet: the bot is silent already, and whoever answers takes over first.
    const human = conversation?.owner === "human", mine = human && Boolean(conversation.agent);
    this.form.hidden = !mine;
    this.take.parentElement.hidden = mine;
    this.take.disabled = !conversation || this.take.dataset.busy === "yes";
    const hintWords = human ? WORDS.agentWanted : WORDS.agentHint;
    if (this.hint.textContent !== hintWords) this.hint.textContent = hintWords;
    const words = mine ? WORDS.agentBanner(conversation.agent) : "";
    if (this.banner.textContent !== words) this.banner.textContent = words;
  }
}
