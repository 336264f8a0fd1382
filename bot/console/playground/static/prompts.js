// Draws a question in the form the server decided. Decides nothing itself.
import { h, icon } from "./dom.js";
import { WORDS } from "./words.js";

// `pick({value, label})` is called with what was pressed; `live` is false for a question that is no longer open.
// `ticked` (value → choice) is what is chosen but not sent yet: the caller keeps it, for the question may be drawn again meanwhile.
export function controls(channel, drawing, live, pick, ticked = new Map()) {
  if (!drawing.rows) return null;
  if (drawing.form === "toggles") return toggles(drawing, live, pick, ticked);
  if (drawing.form === "list") return opener(drawing, live, pick);
  if (!live && (channel === "telegram" || channel === "slack")) return null;
  const rows = drawing.rows.map((row) => h("div", { class: "row" }, row.map((c) => button(c, live, () => pick(c)))));
  return h("div", { class: `choices kind-${drawing.kind}`, role: "group", "aria-label": drawing.text }, end(drawing, "low", drawing.rows[0][0]), rows, end(drawing, "high", drawing.rows.at(-1).at(-1)));
}

// What an end of a scale means, with its number: the rows may be two, and then neither end stands over or under its own.
function end(drawing, which, choice) {
  if (drawing.kind !== "scale" || !drawing[which]) return null;
  return h("div", { class: `end ${which}` }, `${choice.label} = ${drawing[which]}`);
}

function button(choice, live, press, extra = {}) {
  return h("button", { type: "button", class: "choice", title: choice.full, disabled: !live, onclick: press, ...extra }, choice.label);
}

function toggles(drawing, live, pick, chosen) {
  if (!live) return null;
  const done = button({ label: drawing.send, full: drawing.send }, chosen.size > 0, () => {
    const list = [...chosen.values()];
    pick({ value: list.map((c) => c.value), label: list.map((c) => c.full).join(", ") });
  });
  done.classList.add("done");
  const toggle = (choice, el) => {
    if (chosen.has(choice.value)) chosen.delete(choice.value); else chosen.set(choice.value, choice);
    el.setAttribute("aria-pressed", chosen.has(choice.value));
    done.disabled = chosen.size === 0;
  };
  const rows = drawing.rows.map((row) => h("div", { class: "row" }, row.map((choice) => {
    const el = button(choice, true, () => toggle(choice, el), { "aria-pressed": String(chosen.has(choice.value)) });
    return el;
  })));
  return h("div", { class: "choices toggles", role: "group", "aria-label": drawing.text }, rows, h("div", { class: "row" }, done));
}

// WhatsApp's list: one button that opens a sheet.
function opener(drawing, live, pick) {
  return h("div", { class: "choices opener" }, h("button", {
    type: "button", class: "choice", disabled: !live, onclick: (event) => sheet(event.currentTarget.closest(".screen"), drawing, pick),
  }, icon("list"), drawing.menu));
}

function sheet(screen, drawing, pick) {
  const opened = document.activeElement;
  const close = () => { shade.remove(); opened?.focus(); };
  const items = drawing.rows.flat().map((choice) => h("button", {
    type: "button", class: "item", role: "menuitem", onclick: () => { close(); pick(choice); },
  }, h("span", {}, choice.full, choice.note ? h("small", {}, choice.note) : null), h("i", { class: "radio" })));
  const shut = h("button", { type: "button", class: "quiet", "aria-label": WORDS.close, onclick: close }, "✕");
  const card = h("div", { class: "sheet", role: "dialog", "aria-label": drawing.menu }, h("header", {}, shut, h("b", {}, drawing.menu)),
    h("div", { role: "menu", "aria-label": drawing.menu, onkeydown: (event) => step(items, event) }, items));
  const shade = h("div", { class: "shade", onclick: (e) => e.target === shade && close(), onkeydown: (e) => (e.key === "Escape" ? close() : within([shut, ...items], e)) }, card);
  screen.append(shade);
  items[0].focus();
}

const STEPS = { ArrowDown: 1, ArrowUp: -1 };
function step(items, event) {
  if (!STEPS[event.key]) return;
  event.preventDefault();
  items[(items.indexOf(document.activeElement) + STEPS[event.key] + items.length) % items.length].focus();
}

// What lies over the screen keeps the keyboard.
function within(stops, event) {
  const leaves = event.shiftKey ? stops[0] : stops.at(-1);
  if (event.key !== "Tab" || document.activeElement !== leaves) return;
  event.preventDefault();
  (event.shiftKey ? stops.at(-1) : stops[0]).focus();
}

// Slack's modal: a question with one input. `fill` is called with a list: the text, or the labels that are ticked.
export function form({ title, text, label, options, send, cancel, wrong }, { fill, close }) {
  const boxes = options.map((option) => h("input", { type: "checkbox", value: option }));
  const area = options.length ? null : h("textarea", { rows: "4", maxlength: "3000", "aria-label": label });
  const submit = (event) => {
    event.preventDefault();
    const answer = area ? [area.value.trim()] : boxes.filter((box) => box.checked).map((box) => box.value);
    if (answer.length && answer[0]) fill(answer);
  };
  const shut = h("button", { type: "button", class: "secondary", onclick: close }, cancel), done = h("button", { class: "choice done" }, send);
  const stops = [...(area ? [area] : boxes), shut, done];
  return h("div", { class: "shade", onkeydown: (e) => (e.key === "Escape" ? close() : within(stops, e)) }, h("form", { class: "modal", role: "dialog", "aria-label": title, onsubmit: submit },
    h("header", {}, h("b", {}, title)), h("p", { class: "words" }, text), h("fieldset", {}, h("legend", {}, label), area, options.map((option, n) => h("label", {}, boxes[n], h("span", {}, option)))),
    wrong ? h("p", { class: "wrong", role: "alert" }, wrong) : null, h("footer", {}, shut, done)));
}
