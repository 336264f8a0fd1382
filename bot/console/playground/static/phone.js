// The drawn phone: header, messages, composer, in the looks of one channel.
import { controls, form } from "./prompts.js";
import { h, icon, time, when } from "./dom.js";
import { WORDS } from "./words.js";

const REPORTED = ["delivered", "read"]; // what a provider's status callback says of a message of ours

// Instead of a phone: its channel is connected to the real provider.
export class Off {
  constructor(screen, words) { screen.replaceChildren(h("div", { class: "empty off" }, h("b", {}, WORDS.offTitle), h("p", {}, words))); }
  draw() {}
  close() {}
}

export class Chat {
  constructor(screen, { channel, company, say, pick, act, playAs }) {
    Object.assign(this, { screen, channel, company, say, pick, act, playAs, shown: new Map(), ticked: new Map(), heard: 0 });
    this.log = h("div", { class: "log", role: "log", "aria-live": "polite", "aria-label": WORDS.messages, tabindex: "0" });
    this.banner = h("div", { class: "banner", hidden: true, role: "status" });
    this.typing = h("div", { class: "bubble in typing", hidden: true, "aria-label": `${company} ${WORDS.typing}` }, h("i"), h("i"), h("i"));
    this.status = h("span", { class: "status" }, this.statusWords());
    this.input = h("input", { class: "compose", type: "text", placeholder: channel === "sms" ? WORDS.textMessage : WORDS.compose,
      "aria-label": WORDS.compose, autocomplete: "off", enterkeyhint: "send" });
    this.form = h("form", { class: "composer", onsubmit: (event) => { event.preventDefault(); this.submit(); } },
      this.input, h("button", { class: "send", "aria-label": WORDS.send }, icon("send")));
    this.home = h("div", { class: "home", role: "tabpanel", hidden: true, tabindex: "0" });
    this.tabs = channel === "slack" && act ? ["messages", "home"].map((tab) => h("button", { type: "button", role: "tab", "data-tab": tab,
      "aria-selected": String(tab === "messages"), onclick: () => this.show(tab) }, WORDS.tabs[tab])) : [];
    screen.replaceChildren(this.header(), ...(this.tabs.length ? [h("div", { class: "tabs", role: "tablist" }, this.tabs)] : []), this.banner, this.log, this.home, this.form);
    this.pressed = (event) => { this.byKey = event.detail === 0 && !this.form.contains(event.target); }; // a click without a mouse
    this.input.addEventListener("input", () => { this.byKey = false; });
    this.screen.addEventListener("click", this.pressed, true);
    this.grown = new ResizeObserver(() => this.toEnd());
    this.grown.observe(this.log);
  }

  get draft() { return this.input.value; }
  set draft(text) { this.input.value = text; }

  statusWords() { return { whatsapp: WORDS.online, telegram: WORDS.bot, slack: "", sms: "" }[this.channel] ?? ""; }

  header() {
    const name = h("b", {}, this.company, this.channel === "slack" ? h("em", { class: "app" }, WORDS.app) : null);
    return h("header", { class: "bar" }, icon("back"), h("span", { class: "avatar", "aria-hidden": "true" }, this.company[0]),
      h("span", { class: "who" }, name, this.status));
  }

  submit() {
    const text = this.input.value.trim();
    if (!text) return;
    this.input.value = "";
    this.say(text);
  }

  draw({ phone, transcript, pending, typing, owner, agent, current }) {
    const open = [...transcript].reverse().find((m) => m.drawing?.question && m.drawing.question === current)?.id;
    const messages = [...transcript, ...pending];
    if (!messages.length) { this.shown.clear(); this.ticked.clear(); this.log.replaceChildren(this.empty()); }
    else this.merge(messages, open);
    const closed = phone?.window && !phone.window.until && messages.length;
    this.banner.hidden = owner !== "human" && !closed;
    this.banner.textContent = owner === "human" ? WORDS.agentJoined(agent) : closed ? WORDS.windowClosed : "";
    const day = this.log.querySelector(".day");
    if (day) day.textContent = phone?.window?.until ? WORDS.windowUntil(when(phone.window.until)) : WORDS.today;
    this.slack(phone);
    this.typing.hidden = !typing;
    if (messages.length) this.log.append(this.typing);
    this.status.textContent = typing && this.channel !== "slack" && this.channel !== "sms" ? `${WORDS.typing}…` : this.statusWords();
    this.toEnd();
    this.goOn(transcript);
  }

  // Who pressed a button by the keyboard finds the cursor at the next question: the button is gone.
  goOn(transcript) {
    const told = transcript.filter((m) => m.direction === "out").length, news = told > this.heard;
    this.heard = told;
    const at = document.activeElement, free = at === document.body || at === this.input || this.log.contains(at);
    if (!this.byKey || !news || !free || this.modal?.isConnected) return;
    const asked = [...this.log.querySelectorAll(".message.in")].at(-1)?.querySelector(".choices button:enabled");
    (asked || this.input).focus();
    this.byKey = !asked; // maybe the question comes behind these words
  }

  empty() {
    return h("div", { class: "empty" }, h("b", {}, WORDS.emptyTitle), h("p", {}, WORDS.empty),
      this.playAs ? h("button", { type: "button", class: "secondary", onclick: this.playAs }, WORDS.playAs.open) : null);
  }

  // Only what is new or changed is drawn, so that screen readers hear each message once and nothing flickers.
  merge(messages, open) {
    if (!this.shown.size) this.log.replaceChildren(h("div", { class: "day" }, WORDS.today));
    const wanted = new Set(messages.map((m) => m.id));
    for (const [id, old] of this.shown) if (!wanted.has(id)) { old.el.remove(); this.shown.delete(id); }
    let before = this.log.firstChild, fresh = 0;
    messages.forEach((message, n) => {
      const live = message.live ?? message.id === open;
      const sign = JSON.stringify([message.text, message.status, message.delivery, message.sender, message.drawing, live, this.lastOfSide(messages, n)]);
      let entry = this.shown.get(message.id);
      if (!entry || entry.sign !== sign) {
        const el = this.bubble(message, live, this.lastOfSide(messages, n), n && messages[n - 1].direction !== message.direction);
        if (entry) redraw(entry.el, el); else { el.classList.add("fresh"); el.style.setProperty("--n", fresh++); }
        this.shown.set(message.id, (entry = { el, sign }));
      }
      if (before.nextSibling !== entry.el) before.after(entry.el);
      before = entry.el;
    });
  }

  lastOfSide(messages, n) { return messages[n + 1]?.direction !== messages[n].direction; }

  bubble(message, live, last, turn) {
    const mine = message.direction === "in";
    const words = mine ? message.text || label(message) : message.drawing.text;
    const person = !mine && message.sender !== "bot" ? message.sender : "";
    const meta = h("span", { class: "meta" }, h("time", {}, time(message.at)), mine ? this.ticks(message) : null);
    const head = this.channel === "slack" ? h("span", { class: "head" }, h("b", {}, mine ? WORDS.you : person || this.company), mine || person ? null : h("em", { class: "app" }, WORDS.app), message.whispered ? h("small", {}, WORDS.whispered) : null, h("time", {}, time(message.at)))
      : person ? h("span", { class: "head person" }, person) : null;
    const face = this.channel === "slack" ? h("span", { class: `avatar ${mine ? "me" : ""}`, "aria-hidden": "true" }, mine ? icon("person") : (person || this.company)[0]) : null;
    const body = h("div", { class: `bubble ${mine ? "out" : "in"} role-${message.role || "notice"} ${last ? "last" : ""}` }, head, h("span", { class: "words", dir: "auto" }, words), meta);
    const buttons = mine ? null : controls(this.channel, message.drawing, live, (choice) => this.press(message, choice), this.tickedIn(message.id));
    const under = message.status === "unsent" ? h("span", { class: "under unsent", role: "status" }, WORDS.notSent)
      : !mine && last && REPORTED.includes(message.delivery) ? h("span", { class: "under report", title: WORDS.reported }, icon("tick"), icon("tick"), WORDS.delivery[message.delivery])
      : mine && last && this.channel === "sms" ? h("span", { class: "under" }, message.status === "sending" ? WORDS.sending : WORDS.delivered) : null;
    return h("div", { class: `message ${mine ? "out" : "in"} ${turn ? "turn" : ""}`, "data-id": message.id }, face, h("div", { class: "stack" }, body, buttons, under));
  }

  tickedIn(id) {
    if (!this.ticked.has(id)) this.ticked.set(id, new Map());
    return this.ticked.get(id);
  }

  // At a local provider the button itself is pressed, by its words; it can't be pressed again until the screen has changed.
  async press(message, choice) {
    if (!this.act) return this.pick(message.drawing.question, choice);
    const buttons = [...(this.shown.get(message.id)?.el.querySelectorAll(".choices button:enabled") || [])];
    buttons.forEach((button) => { button.disabled = true; });
    const labels = Array.isArray(choice.value) ? [...choice.value, message.drawing.send] : [choice.value];
    await this.act("press", { message: message.id, labels });
    buttons.forEach((button) => { button.disabled = false; });
  }

  // Slack's form lies over the conversation, and its Home tab beside it.
  slack(phone) {
    if (!this.act || this.channel !== "slack") return;
    const sign = JSON.stringify(phone?.form || null);
    if (sign !== this.formSign) {
      this.formSign = sign;
      this.modal?.remove();
      this.modal = phone?.form ? form(phone.form, { fill: (answer) => this.act("fill", { answer }), close: () => this.act("close") }) : null;
      if (this.modal) { this.log.parentElement.append(this.modal); this.modal.querySelector("textarea, input")?.focus(); }
    }
    const home = phone?.home, page = JSON.stringify(home || null);
    if (page === this.homeSign) return;
    this.homeSign = page;
    this.home.replaceChildren(...(home ? [h("p", { class: "words" }, home.text),
      controls("slack", { ...home.drawing, rows: home.drawing.rows || [] }, true, (choice) => { this.show("messages"); this.act("press", { message: "home", labels: [choice.value] }); })] : []));
  }

  show(tab) {
    if (tab === "home") this.act("visit");
    this.home.hidden = tab !== "home";
    this.log.hidden = this.form.hidden = tab === "home";
    this.tabs.forEach((el) => el.setAttribute("aria-selected", String(el.dataset.tab === tab)));
  }

  ticks(message) {
    if (this.channel !== "whatsapp" && this.channel !== "telegram") return null;
    const read = message.status === "done";
    if (message.status === "unsent") return null;
    const marks = message.status === "sending" ? "◷" : read ? [icon("tick"), icon("tick")] : icon("tick");
    return h("span", { class: `ticks ${read ? "read" : ""}`, role: "img", "aria-label": message.status === "sending" ? WORDS.sending : WORDS.delivered }, marks);
  }

  toEnd() { requestAnimationFrame(() => { this.log.scrollTop = this.log.scrollHeight; }); }
  close() {
    this.grown.disconnect();
    this.screen.removeEventListener("click", this.pressed, true);
  }
}

// A keyboard stays on the button it was on.
function redraw(old, fresh) {
  const at = [...old.querySelectorAll("button")].indexOf(document.activeElement);
  old.replaceWith(fresh);
  if (at >= 0) fresh.querySelectorAll("button")[at]?.focus();
}

function label(message) {
  const value = message.picked?.value;
  return Array.isArray(value) ? value.join(", ") : String(value ?? "");
}
