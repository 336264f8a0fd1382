// A dialog of the page itself: fields, and a button that does something with them.
import { h } from "./dom.js";
import { WORDS } from "./words.js";

// `fields`: { label, input }. `act` gets their values; when it throws, its sentence stands in the dialog, which stays open.
export function ask({ title, explain, fields, button, act }) {
  const wrong = h("p", { class: "wrong", role: "alert", hidden: true });
  const go = h("button", { class: "primary" }, button);
  const submit = async (event) => {
    event.preventDefault();
    wrong.hidden = go.disabled = true;
    try {
      await act(...fields.map(({ input }) => input.value.trim()));
      box.close();
    } catch (error) {
      wrong.textContent = error.message;
      wrong.hidden = false;
    }
    go.disabled = false;
  };
  const box = h("dialog", { class: "ask", "aria-labelledby": "ask-title", onclose: () => box.remove() },
    h("form", { onsubmit: submit }, h("h2", { id: "ask-title" }, title), explain ? h("p", { class: "hint" }, explain) : null,
      fields.map(({ label, input }) => h("label", {}, h("span", {}, label), input)), wrong,
      h("div", { class: "line" }, h("button", { type: "button", class: "secondary", onclick: () => box.close() }, WORDS.cancel), go)));
  document.body.append(box);
  box.showModal();
}
