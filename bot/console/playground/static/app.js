// The playground: one customer on each channel, everything beside it live.
import { api, follow } from "./api.js";
import { ask } from "./ask.js";
import { Call } from "./call.js";
import { h, uid } from "./dom.js";
import { Agent, answers, recovery, tick, understood } from "./panels.js";
import { Chat, Off } from "./phone.js";
import { Picture } from "./picture.js";
import { radios } from "./radio.js";
import { ASK_FOR, someName, suggestions } from "./sayings.js";
import { browsers, languageOf, LANGUAGES, nameOf, speakPage, spoken, WORDS } from "./words.js";

const $ = (id) => document.getElementById(id);
const CHANNELS = ["sms", "whatsapp", "telegram", "slack", "voice", "web"];
const OPEN = ["active", "paused"];
const KEEP = "survey-conductor-playground";

const saved = (() => { try { return JSON.parse(localStorage.getItem(KEEP)) || {}; } catch { return {}; } })();
const state = { channel: "telegram", language: "", survey: "delivery_nps", customers: {}, names: {}, page: "", ...saved, surveys: [], phones: {}, causes: [], company: WORDS.company };
if (!CHANNELS.includes(state.channel)) state.channel = "telegram";
const RETRY = 3000; // ms until what was not sent is tried again, when no news of the connection come before
const NOTHING = { conversation: { owner: "bot" }, transcript: [], answers: [], cases: [], response: null, understood: null };
let here = null; // what is open now: { id, channel, view, pending, typing, device, stop }
const left = {}; // channel → what waits there while another is open: { pending, draft }

function keep() {
  const { channel, language, survey, customers, names, page } = state;
  localStorage.setItem(KEEP, JSON.stringify({ channel, language, survey, customers, names, page }));
}

// At a local provider it gives the address, and a telephone also writes text messages: what a call moves to SMS arrives.
const local = (channel) => state.phones[channel] === "local";
const line = (channel) => (channel === "voice" && local(channel) ? "sms" : channel);
function customer(channel) {
  if (!local(channel) && !state.customers[channel]) {
    state.customers[channel] = `playground-${channel}-${uid()}`;
    state.names[channel] = someName();
    keep();
  }
  return state.customers[line(channel)];
}
// Whom the page has not made up must have been invited.
const played = (channel) => !local(channel) && !customer(channel).startsWith("playground-");
const who = () => ({ channel: here.channel, address: customer(here.channel), language: state.language, name: state.names[here.channel], known: played(here.channel) });

// --- what is open

// `byKey`: who opened it has a keyboard, and the cursor goes on to the first question.
async function open(channel, byKey = false) {
  here?.stop();
  if (here?.device) { left[here.channel].draft = here.device.draft; here.device.close(); }
  const waiting = (left[channel] ||= { pending: [], draft: "" });
  waiting.pending.filter((p) => p.arrived).forEach((p) => drop(waiting.pending, p)); // the transcript has them
  const mine = (here = { channel, view: null, pending: waiting.pending, typing: false, stop() {} });
  state.channel = channel;
  customer(channel);
  keep();
  drawPickers();
  $("phone").dataset.channel = channel;
  const off = state.phones[channel] === "off";
  $("via").textContent = WORDS.via[state.phones[channel] || "direct"](WORDS.providers[channel]);
  $("start").disabled = off;
  const handlers = { channel, company: state.company, language: state.language, say, pick, act: local(channel) ? act : null, playAs: local(channel) ? null : askWhom };
  mine.device = off ? new Off($("screen"), WORDS.off(WORDS.providers[channel])) : channel === "voice" ? new Call($("screen"), handlers) : new Chat($("screen"), handlers);
  Object.assign(mine.device, { draft: waiting.draft, byKey });
  if (off) return draw();
  await attempt(async () => {
    const opened = await api.open(who());
    if (here !== mine) return;
    lost(false);
    mine.id = opened.conversation;
    state.customers[line(channel)] = opened.address;
    keep();
    if (channel === "voice") opened.view.transcript.forEach((m) => mine.device.heard.add(m.id));
    take(mine, opened.view);
    mine.stop = follow(mine.id, { news: () => refresh(mine), lost, gone: () => here === mine && open(channel) });
    flush();
  }, (error) => {
    if (here === mine && error.status === 404 && played(channel)) return nobody(channel);
    if (here === mine && unreachable(error)) { lost(true); setTimeout(() => here === mine && open(channel), RETRY); }
  });
}

async function nobody(channel) {
  const asked = customer(channel);
  renew();
  await open(channel);
  toast(WORDS.playAs.nobody(asked));
}

// News come in bursts: one reading at a time, and one more when news came meanwhile.
async function refresh(mine) {
  if (mine.reading) { mine.again = true; return; }
  mine.reading = true;
  try {
    do {
      mine.again = false;
      take(mine, await api.view(mine.id));
    } while (mine.again && here === mine);
  } catch (error) { if (here === mine) lost(true, error); } finally { mine.reading = false; }
}

function take(mine, view) {
  if (here !== mine) return;
  const before = new Set(mine.view?.transcript.map((m) => m.id));
  const fresh = view.transcript.filter((m) => !before.has(m.id));
  for (const message of mine.view ? fresh.filter((m) => m.direction === "in") : []) {
    const n = mine.pending.findIndex((p) => p.text === message.text);
    if (n >= 0) mine.pending.splice(n, 1);
  }
  const last = view.transcript.at(-1);
  if (!mine.pending.length && (last?.direction === "out" || last?.status === "done" || view.conversation.owner === "human")) mine.typing = false;
  mine.view = view;
  draw();
}

function draw() {
  const { pending, typing, device } = here, view = here.view || NOTHING;
  const { conversation, response } = view;
  device.draw({ phone: view.phone, transcript: view.transcript, pending, typing: typing && conversation.owner !== "human", owner: conversation.owner, agent: conversation.agent,
    current: response?.current ?? null, over: response && !OPEN.includes(response.status), language: conversation.language });
  understood($("understood"), view.understood, view.pressed);
  answers($("answers"), view.answers);
  recovery($("cases"), view.cases, resolve);
  agent.draw(here.view && conversation);
  $("status").textContent = response ? WORDS.statuses[response.status] || response.status : "";
  $("status").className = `tag ${response?.status || ""}`;
  $("opted").hidden = !conversation.opted_out;
  drawPicture();
}

function drawPicture() {
  const response = here?.view?.response;
  const key = response?.fingerprint || state.survey;
  const title = response?.title || name(state.surveys.find((s) => s.key === state.survey));
  $("survey-title").textContent = title || "";
  if (key) picture.show(key, response ? here.view.conversation.language : state.language, response?.current, title).catch((error) => toast(error.message));
}

// --- what the visitor does

function say(text) { if (local(here.channel) && here.channel === "voice") return act("say", { text }); return send(local(here.channel) ? { do: "say", text } : { text }, text); }

// At a local provider: a press, a key, a call. Its screen says what came of it.
async function act(what, more = {}) {
  const mine = here;
  if (!mine.id) return;
  mine.typing = what === "press";
  draw();
  await attempt(() => api.deed(mine.id, { do: what, deed: uid(), ...more }), () => { mine.typing = false; });
  if (mine === here) await refresh(mine);
}

function pick(question, choice) { send({ text: choice.full || choice.label, picked: { question, value: choice.value } }, choice.full || choice.label); }

async function send(message, shown) {
  const mine = here;
  const id = uid();
  const body = message.do ? { ...message, deed: id } : { message_id: id, channel: mine.channel, sender: customer(mine.channel), language: state.language, ...message };
  mine.pending.push({ id: `mine-${id}`, direction: "in", at: new Date().toISOString(), text: shown, status: "unsent", body });
  mine.typing = true;
  flush();
}

// Sends what waits, in its order. A message keeps its id, so one that had arrived after all is not taken in twice.
const unreachable = (error) => error.status === undefined || error.status >= 500;
let retry;
async function flush() {
  const { channel, pending } = here;
  if (pending.some((p) => p.status === "sending" && !p.arrived)) return draw();
  const entry = pending.find((p) => p.status === "unsent");
  if (!entry || (entry.body.do && !here.id)) return draw();
  entry.status = "sending";
  draw();
  try {
    const told = await (entry.body.do ? api.deed(here.id, entry.body) : api.say(entry.body));
    entry.arrived = true;
    if (told.duplicate || here.pending !== pending) drop(pending, entry);
    if (here.pending === pending && here.id) refresh(here);
  } catch (error) {
    if (!unreachable(error)) { drop(pending, entry); toast(error.message); } else {
      entry.status = "unsent";
      clearTimeout(retry);
      retry = setTimeout(flush, RETRY);
    }
    here.typing = false;
    return draw();
  }
  if (here.channel === channel) return flush();
}

function drop(pending, entry) { const n = pending.indexOf(entry); if (n >= 0) pending.splice(n, 1); }

async function start(byKey = false) {
  const mine = here, { conversation, response } = mine.view || NOTHING;
  if (conversation.owner === "human") return toast(conversation.agent ? WORDS.cantStart.human(conversation.agent) : WORDS.cantStart.awaited);
  if (conversation.opted_out) return toast(WORDS.cantStart.optedOut, { words: WORDS.tryNew, act: async () => { renew(); await open(state.channel); start(); } });
  if (response && OPEN.includes(response.status)) toast(WORDS.newCustomerDone);
  if (response) renew();
  here.device.byKey = byKey;
  $("start").disabled = true;
  const outcome = await attempt(() => api.start({ ...who(), survey: state.survey }));
  $("start").disabled = false;
  if (!outcome) return;
  if (!outcome.started) toast(outcome.reason, { words: WORDS.tryNew, act: async () => { renew(); await open(state.channel); start(); } });
  state.customers[line(state.channel)] = outcome.address;
  keep();
  if (outcome.conversation !== here.id) { await open(state.channel, byKey); if (state.channel === "voice") here.device.heard.clear(); }
  here.typing = here.view?.transcript.length === 0;
  await refresh(here);
}

function renew() {
  delete state.customers[line(state.channel)];
  delete state.names[state.channel];
  customer(state.channel);
  left[state.channel] = { pending: [], draft: "" };
}

async function newCustomer() { renew(); await open(state.channel); toast(WORDS.newCustomerDone); }

// Whoever was invited by `conductor invite --channel web`, or with `--provider web`, is a customer of the playground, too.
function askWhom() {
  const mine = here, input = h("input", { class: "field", type: "text", required: true, maxlength: "120", autocomplete: "off", autocapitalize: "none" });
  ask({ title: WORDS.playAs.title, explain: WORDS.playAs.explain(mine.channel), fields: [{ label: WORDS.playAs.name, input }], button: WORDS.playAs.done, act: (address) => playAs(mine.channel, address) });
}

async function playAs(channel, address) {
  try { await api.open({ channel, address, language: state.language, known: true }); } catch (error) {
    throw error.status === 404 ? new Error(WORDS.playAs.nobody(address)) : error;
  }
  state.customers[channel] = address;
  delete state.names[channel];
  left[channel] = { pending: [], draft: "" };
  await open(channel);
  toast(WORDS.playAs.now(address));
}

function resolve(c) {
  const mine = here, { causes } = WORDS.resolve;
  const cause = h("select", { required: true }, h("option", { value: "" }, WORDS.resolve.choose), state.causes.map((key) => h("option", { value: key }, causes[key] || key.replaceAll("_", " "))));
  const action = h("textarea", { class: "field", rows: "3", required: true, maxlength: "4000" });
  ask({ title: WORDS.resolve.title(c.id), fields: [{ label: WORDS.resolve.cause, input: cause }, { label: WORDS.resolve.action, input: action }], button: WORDS.resolve.done,
    act: async (why, what) => { await api.resolve(mine.id, c.id, mine.view.conversation.agent || WORDS.agentName, why, what); refresh(mine); } });
}

async function attempt(work, failed) {
  try { return await work(); } catch (error) { toast(error.message); failed?.(error); return null; }
}

// In the middle of a survey the customer asks for the language, as a real one would; otherwise it is the next one's.
function speak(language) {
  const { conversation, response, transcript } = here.view || NOTHING;
  state.language = language;
  keep();
  translate();
  drawPickers();
  if (!response) drawPicture();
  if (response && OPEN.includes(response.status) && conversation.owner !== "human") { if (language !== conversation.language) say(ASK_FOR[language] || nameOf(language)); }
  else if (transcript.length) toast(WORDS.nextLanguage(nameOf(language)));
}

// The page follows the customer's language, unless one was chosen for it.
function translate() {
  const language = languageOf(state.page, state.language);
  if (language === spoken) return;
  speakPage(language);
  agent.translate();
  drawPage();
  if (here) open(here.channel);
}

function drawPage() {
  $("page").replaceChildren(...LANGUAGES.map((code) => h("option", { value: code, selected: code === spoken }, nameOf(code))));
  drawPickers();
}

// --- small things

let toastTimer;
function toast(words, action) {
  const close = () => { $("toast").hidden = true; };
  $("toast").replaceChildren(h("span", {}, words), action ? h("button", { type: "button", class: "secondary", onclick: () => { close(); action.act(); } }, action.words) : "",
    h("button", { type: "button", class: "quiet", "aria-label": WORDS.close, onclick: close }, "✕"));
  $("toast").hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(close, action ? 12000 : 6000);
}

function lost(yes) { $("offline").hidden = !yes; if (!yes && here?.id) { refresh(here); flush(); } }
const name = (survey) => survey && (survey.title[state.language] || Object.values(survey.title)[0]);

function drawPickers() {
  const survey = state.surveys.find((s) => s.key === state.survey);
  radios($("surveys"), state.surveys.map((s) => ({ value: s.key, content: [h("b", {}, name(s)), h("small", {}, WORDS.questions(s.questions))], class: "card", "data-survey": s.key, title: s.key })), state.survey,
    (key) => { state.survey = key; keep(); drawPickers(); if (!here?.view?.response) drawPicture(); });
  radios($("channels"), CHANNELS.map((c) => ({ value: c, content: [h("i", { class: `dot ${c}`, "aria-hidden": "true" }), WORDS.channels[c]], class: "channel", "data-channel": c })), state.channel, (c) => open(c));
  const languages = survey?.languages || ["en"];
  $("language").replaceChildren(...languages.map((l) => h("option", { value: l, selected: l === state.language }, nameOf(l))));
  $("chips").replaceChildren(...suggestions(state.language).map((words) => h("button", { type: "button", class: "chip", lang: state.language, onclick: () => say(words) }, words)));
}

const picture = new Picture($("picture"));
const agent = new Agent($("agent"), {
  claim: () => attempt(async () => { await api.claim(here.id, WORDS.agentName); await refresh(here); }),
  reply: (text) => attempt(async () => { await api.reply(here.id, WORDS.agentName, text); await refresh(here); }),
  handBack: () => attempt(async () => { await api.handBack(here.id, here.view.conversation.agent || WORDS.agentName); await refresh(here); }),
});

// ?channel=web&as=ada: the customer whom `conductor invite` has asked, in place of a made up one. `open` asks whether they are.
function invited() {
  const asked = new URLSearchParams(location.search), channel = asked.get("channel") ?? "web", name = asked.get("as");
  if (!name || !CHANNELS.includes(channel) || local(channel)) return;
  Object.assign(state, { channel, customers: { ...state.customers, [channel]: name } });
  delete state.names[channel];
  keep();
  history.replaceState(null, "", location.pathname); // a new customer, later, is not this one again
}

async function begin() {
  $("start").addEventListener("click", (e) => start(e.detail === 0));
  $("new").addEventListener("click", newCustomer);
  $("language").addEventListener("change", (e) => speak(e.target.value));
  $("page").addEventListener("change", (e) => { state.page = e.target.value; keep(); translate(); });
  understood($("understood"), null);
  answers($("answers"), []);
  setInterval(() => tick($("cases")), 1000);
  const found = await attempt(() => api.surveys());
  if (found) {
    Object.assign(state, { surveys: found.surveys, phones: found.phones || {}, causes: found.causes || [] });
    if (!state.surveys.some((s) => s.key === state.survey)) state.survey = state.surveys[0]?.key;
    const languages = state.surveys.find((s) => s.key === state.survey)?.languages || [];
    state.language ||= browsers().find((code) => languages.includes(code)) || "en";
  }
  invited();
  translate();
  drawPage();
  await open(state.channel);
  document.body.dataset.ready = "yes";
}

begin();
