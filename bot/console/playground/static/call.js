// A telephone: rings, speaks with the browser's voice, listens to keys (and to the voice where the browser can).
import { h, icon } from "./dom.js";
import { WORDS } from "./words.js";

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];
const LETTERS = { 2: "ABC", 3: "DEF", 4: "GHI", 5: "JKL", 6: "MNO", 7: "PQRS", 8: "TUV", 9: "WXYZ", 0: "+" };
export const PAUSE = 1600; // ms without a further digit until "1" is taken for 1 and not the start of 10
const TEXT = { en: "en-US", de: "de-DE", fr: "fr-FR", es: "es-ES" };
const REPEAT = "repeat"; // what the key * asks for
const SILENT_END = 3000, SPOKEN = 65; // ms until a call ends after the goodbye: without a voice, and for each spoken letter
const Listener = window.SpeechRecognition || window.webkitSpeechRecognition;

export class Call {
  // With `act` the call is a real one at the local telephone, which decides what a key means; without it, the page does.
  constructor(screen, { company, say, pick, language, act }) {
    Object.assign(this, { screen, company, say, pick, language, act, state: "idle", heard: new Set(), digits: "", question: null, muted: false, queue: [] });
    this.log = h("div", { class: "captions", role: "log", "aria-live": "polite", "aria-label": WORDS.messages, tabindex: "0" });
    this.status = h("span", { class: "status", role: "status" });
    this.display = h("output", { class: "digits", "aria-label": WORDS.call.keypad });
    this.banner = h("div", { class: "banner", hidden: true, role: "status" });
    this.typed = h("input", { class: "compose", type: "text", "aria-label": WORDS.call.say, placeholder: WORDS.call.say, autocomplete: "off" });
    this.build();
    this.onKey = (event) => {
      if (event.target.closest?.("input, select, textarea") || event.ctrlKey || event.metaKey || event.altKey) return;
      if (this.state === "on" && KEYS.includes(event.key)) this.press(event.key);
    };
    document.addEventListener("keydown", this.onKey);
  }

  build() {
    const keypad = h("div", { class: "keypad", role: "group", "aria-label": WORDS.call.keypad }, KEYS.map((key) =>
      h("button", { type: "button", class: "key", "data-key": key, "aria-label": key, onclick: () => this.press(key) }, h("b", {}, key), h("small", {}, LETTERS[key] || ""))));
    this.voice = h("button", { type: "button", class: "round", "aria-label": WORDS.call.mute, "aria-pressed": "false", onclick: () => this.mute() }, icon("sound"));
    this.silent = h("button", { type: "button", class: "quiet silent", hidden: !this.act, onclick: () => this.act("stay_silent") }, WORDS.call.silent);
    this.mic = Listener ? h("button", { type: "button", class: "round", "aria-label": WORDS.call.talk, onclick: () => this.listen() }, icon("mic")) : h("span", { class: "round none" });
    const hangUp = h("button", { type: "button", class: "round red", "aria-label": WORDS.call.hangUp, onclick: () => this.hangUp() }, icon("phone"));
    const speak = h("form", { class: "spoken", onsubmit: (e) => { e.preventDefault(); const t = this.typed.value.trim(); this.typed.value = ""; if (t) { this.hush(); this.say(t); } } }, this.typed,
      h("button", { class: "send", "aria-label": WORDS.send }, icon("send")));
    this.live = h("div", { class: "oncall" }, this.log, this.display, this.silent, keypad, speak, h("div", { class: "callbar" }, this.voice, hangUp, this.mic));
    this.accept = h("button", { type: "button", class: "round green", onclick: () => this.answer() }, icon("phone"));
    this.acceptWords = h("span");
    this.decline = h("label", { class: "pick" }, h("button", { type: "button", class: "round red", "aria-label": WORDS.call.decline, onclick: () => this.declined() }, icon("phone")), h("span", {}, WORDS.call.decline));
    this.ringing = h("div", { class: "ringing" }, this.decline, h("label", { class: "pick" }, this.accept, this.acceptWords));
    this.empty = h("div", { class: "empty" }, h("b", {}, WORDS.emptyTitle), h("p", {}, WORDS.emptyCall));
    this.last = h("div", { class: "last-words", role: "group", "aria-label": WORDS.call.lastHeard, tabindex: "0" });
    this.farewell = h("div", { class: "empty" }, this.last, h("p", {}, WORDS.call.farewell));
    this.screen.replaceChildren(h("header", { class: "caller" }, h("span", { class: "avatar", "aria-hidden": "true" }, this.company[0]), h("b", {}, this.company), this.status),
      this.banner, this.empty, this.farewell, this.live, this.ringing);
    this.grown = new ResizeObserver(() => this.toEnd());
    this.grown.observe(this.log);
    this.show();
  }

  get draft() { return this.typed.value; }
  set draft(text) { this.typed.value = text; }

  show() {
    const words = { idle: "", ringing: WORDS.call.calling, on: this.clock(), over: WORDS.call.ended }[this.state];
    this.status.textContent = words;
    this.screen.dataset.call = this.state;
    this.farewell.hidden = this.state !== "over";
    this.empty.hidden = this.state !== "idle";
    this.live.hidden = this.state !== "on";
    this.ringing.hidden = this.state === "on" || (this.state === "idle" && !this.act);
    this.decline.hidden = this.state !== "ringing";
    this.acceptWords.textContent = this.state === "over" ? WORDS.call.again : this.state === "idle" ? WORDS.call.ring(this.company) : WORDS.call.accept;
    this.accept.setAttribute("aria-label", this.acceptWords.textContent);
  }

  clock() {
    const s = Math.floor((Date.now() - (this.since || Date.now())) / 1000);
    return `${String(Math.floor(s / 60)).padStart(2, "0")}:${String(s % 60).padStart(2, "0")}`;
  }

  draw({ phone, transcript, pending, owner, agent, current, over, language }) {
    this.language = language;
    this.banner.hidden = owner !== "human";
    this.banner.textContent = owner === "human" ? WORDS.agentJoined(agent) : "";
    if (this.act) return this.follow(phone?.call, transcript);
    const open = [...transcript].reverse().find((m) => m.drawing?.question && m.drawing.question === current);
    if (open?.id !== this.openId) { this.openId = open?.id; this.picked = []; }
    this.question = open?.drawing || null;
    const news = transcript.filter((m) => m.direction === "out" && !this.heard.has(m.id));
    news.forEach((m) => this.heard.add(m.id));
    if (news.length && this.state !== "on") { this.state = "ringing"; this.queue.push(...news); this.show(); }
    else if (news.length) this.speak(news);
    if (over && this.over === false && this.state === "on" && owner !== "human") this.endAfter(news);
    this.over = Boolean(over);
    this.captions([...transcript, ...pending]);
    return undefined;
  }

  // The call as the local telephone has it. Its end is shown when the last words have been spoken.
  follow(call, transcript) {
    if (!call) return;
    const news = transcript.filter((m) => m.direction === "out" && !this.heard.has(m.id));
    news.forEach((m) => this.heard.add(m.id));
    this.captions(transcript);
    this.digits = call.keys;
    this.refresh();
    this.silent.disabled = !call.waits;
    if (call.state === "on" && this.state !== "on") this.begin();
    if (this.state === "on") this.speak(news);
    if (call.state === "over" && this.state === "on") { if (call.id !== this.ended) this.endAfter(news); this.ended = call.id; }
    else if (call.state !== "on" && this.state !== "on" && call.state !== this.state) { this.state = call.state; this.show(); }
  }

  captions(messages) {
    const key = messages.map((m) => m.id + m.status).join();
    if (key === this.captioned) return;
    this.captioned = key;
    this.log.replaceChildren(...messages.slice(this.act ? -24 : -6).map((m) => h("p", { class: m.direction === "in" ? "mine" : "theirs" }, m.direction === "out" ? m.drawing.speech : said(m),
      m.status === "unsent" ? h("small", { class: "under unsent", role: "status" }, WORDS.notSent) : null)));
    const answered = messages.map((m) => m.direction).lastIndexOf("in"); // what was said after it can be read when the call is over
    this.last.replaceChildren(...messages.slice(answered + 1).slice(-3).map((m) => h("p", {}, m.drawing.speech)));
    requestAnimationFrame(() => this.toEnd());
  }

  toEnd() { this.log.scrollTop = this.log.scrollHeight; }

  // The bot has said goodbye: as on a real line, the call ends when that has been spoken.
  endAfter(news) {
    const words = news.map((m) => m.drawing.speech).join(" ");
    const silent = this.muted || !window.speechSynthesis?.getVoices().length;
    clearTimeout(this.ending);
    this.ending = setTimeout(() => this.hangUp(), silent ? SILENT_END : SILENT_END + words.length * SPOKEN);
  }

  answer() {
    if (this.act) return this.act("answer");
    this.begin();
    this.speak(this.queue.splice(0).slice(-3));
    this.toEnd();
    return undefined;
  }

  begin() {
    clearInterval(this.ticker);
    clearTimeout(this.ending);
    this.state = "on";
    this.since = Date.now();
    this.ticker = setInterval(() => { this.status.textContent = this.clock(); }, 1000);
    this.show();
  }

  declined() { if (this.act) this.act("decline"); else this.hangUp(); }

  hangUp() {
    if (this.act) this.act("hang_up");
    this.hush();
    clearInterval(this.ticker);
    clearTimeout(this.ending);
    clearTimeout(this.wait);
    this.state = "over";
    this.queue = [];
    this.digits = "";
    this.show();
  }

  speak(messages) {
    if (this.muted || !window.speechSynthesis) return;
    for (const message of messages) {
      const words = new SpeechSynthesisUtterance(message.drawing.speech);
      words.lang = TEXT[message.drawing.language || this.language] || this.language;
      window.speechSynthesis.speak(words);
    }
  }

  hush() { window.speechSynthesis?.cancel(); }

  mute() {
    this.muted = !this.muted;
    if (this.muted) this.hush();
    this.voice.replaceChildren(icon(this.muted ? "silent" : "sound"));
    this.voice.setAttribute("aria-pressed", this.muted);
    this.voice.setAttribute("aria-label", this.muted ? WORDS.call.unmute : WORDS.call.mute);
  }

  // A key ends what is being said (barge-in). "1" waits for a moment where "10" is possible too; # decides at once.
  press(key) {
    this.hush();
    clearTimeout(this.wait);
    const el = this.screen.querySelector(`[data-key="${CSS.escape(key)}"]`);
    el?.classList.add("hit");
    setTimeout(() => el?.classList.remove("hit"), 140);
    if (this.act) { this.digits += key; this.refresh(); return this.act("key", { key }); }
    if (key === "*") { this.digits = ""; this.refresh(); return this.say(REPEAT); }
    if (key === "#") return this.decide();
    this.digits += key;
    this.refresh();
    const keys = this.question?.keys || [];
    const longer = keys.some((k) => k.digits.length > this.digits.length && k.digits.startsWith(this.digits));
    if (this.question?.several) return this.collect(keys, longer);
    if (keys.some((k) => k.digits === this.digits) && !longer) return this.decide();
    this.wait = setTimeout(() => this.decide(), PAUSE);
    return undefined;
  }

  // A key that is no option is heard as wrong, and the bot asks again.
  collect(keys, longer) {
    const found = keys.find((k) => k.digits === this.digits), digits = this.digits;
    if (!found && longer) return undefined;
    if (found && !this.picked.includes(found)) this.picked.push(found);
    this.digits = "";
    if (!found) { this.picked = []; this.refresh(); beep(); return this.say(digits); }
    this.display.textContent = this.picked.map((k) => k.digits).join(" ");
  }

  decide() {
    clearTimeout(this.wait);
    if (this.question?.several && this.picked.length) {
      const list = this.picked.splice(0);
      this.display.textContent = "";
      return this.pick(this.question.question, { value: list.map((k) => k.value), label: list.map((k) => k.digits).join(" ") });
    }
    const digits = this.digits;
    this.digits = "";
    this.refresh();
    if (!digits) return this.question?.several ? (beep(), this.say("#")) : undefined;
    const found = this.question?.keys?.find((k) => k.digits === digits);
    return found ? this.pick(this.question.question, { value: found.value, label: found.label === digits ? digits : `${digits} · ${found.label}` }) : (this.question?.keys && beep(), this.say(digits));
  }

  refresh() { this.display.textContent = this.digits; this.display.classList.toggle("waiting", this.digits !== ""); }

  listen() {
    this.hush();
    const ear = new Listener();
    ear.lang = TEXT[this.language] || this.language;
    this.mic.classList.add("hot");
    ear.onresult = (event) => this.say(event.results[0][0].transcript);
    ear.onend = () => this.mic.classList.remove("hot");
    ear.onerror = () => this.mic.classList.remove("hot");
    ear.start();
  }

  close() { this.grown.disconnect(); this.hush(); clearInterval(this.ticker); clearTimeout(this.wait); clearTimeout(this.ending); document.removeEventListener("keydown", this.onKey); }
}

const said = (message) => (message.text === REPEAT ? `* · ${REPEAT}` : message.text || String(message.picked?.value ?? ""));

// The low tone of a key that does not count.
function beep() {
  const Audio = window.AudioContext;
  if (!Audio) return;
  const line = new Audio(), tone = line.createOscillator(), volume = line.createGain();
  tone.frequency.value = 220;
  volume.gain.value = 0.08;
  tone.connect(volume).connect(line.destination);
  tone.onended = () => line.close();
  tone.start();
  tone.stop(line.currentTime + 0.2);
}
