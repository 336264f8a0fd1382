// The survey's picture, with the open question lit and in view. It lives in a shadow tree: its style sheet is adopted, not inline,
// so the page's content policy stays strict, and it cannot leak.
import { api } from "./api.js";
import { calm, h } from "./dom.js";
import { WORDS } from "./words.js";

export class Picture {
  constructor(place) {
    this.host = h("div", { class: "canvas", tabindex: "0", role: "img", "aria-label": "" });
    this.root = this.host.attachShadow({ mode: "open" });
    this.place = place;
    this.key = "";
    this.near = false;
    this.host.addEventListener("click", () => this.zoom());
    this.host.addEventListener("keydown", (event) => event.key === "Enter" && this.zoom());
    new ResizeObserver(() => this.fit()).observe(place);
  }

  async show(key, language, current, title) {
    this.host.title = WORDS.zoom;
    const name = `${key} ${language}`;
    if (name !== this.key) {
      this.key = name;
      const text = await api.drawing(key, language);
      if (this.key !== name) return;
      this.load(text);
      this.place.replaceChildren(this.host);
      this.crop();
      this.fit();
      this.host.classList.remove("near");
      this.host.setAttribute("aria-label", title);
      this.lit = undefined;
    }
    this.light(current);
  }

  load(text) {
    let css = ""; // taken out before parsing: the content policy would complain about a style sheet inside the picture
    const bare = text.replace(/<style>([\s\S]*?)<\/style>/g, (_, rules) => { css += rules; return ""; });
    const svg = new DOMParser().parseFromString(bare, "image/svg+xml").documentElement;
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`${css}\n${OWN}`);
    this.root.adoptedStyleSheets = [sheet];
    svg.querySelectorAll("script, foreignObject").forEach((el) => el.remove());
    svg.removeAttribute("height");
    this.svg = document.importNode(svg, true);
    this.root.replaceChildren(this.svg);
    this.near = false;
  }

  // The whole width is always in view; a little more is given away where that brings the whole height in view too.
  fit() {
    if (!this.svg) return;
    const { width, height } = this.svg.viewBox.baseVal;
    const wide = Math.min(1, (this.place.clientWidth - 16) / width), high = (this.place.clientHeight - 24) / height;
    const scale = this.near ? 1 : Math.min(wide, Math.max(high, wide * 0.72));
    this.svg.setAttribute("width", Math.max(1, Math.floor(width * scale)));
  }

  zoom() {
    this.near = !this.near;
    this.host.classList.toggle("near", this.near);
    this.fit();
    const current = this.lit;
    this.lit = undefined;
    this.light(current);
  }

  // The panel's heading says the title already: the picture begins with its start.
  crop() {
    const first = this.root.querySelector(".sf-start");
    if (!first) return;
    this.root.querySelectorAll(".sf-title, .sf-about").forEach((el) => el.remove());
    const view = this.svg.viewBox.baseVal, ratio = view.width / this.svg.getBoundingClientRect().width;
    const top = (first.getBoundingClientRect().top - this.svg.getBoundingClientRect().top) * ratio - 14;
    if (ratio && top > 0) this.svg.setAttribute("viewBox", `${view.x} ${view.y + top} ${view.width} ${view.height - top}`);
  }

  light(current) {
    if (this.lit === current) return;
    this.lit = current;
    for (const el of this.root.querySelectorAll(".sf-current")) el.classList.remove("sf-current");
    const el = current && [...this.root.querySelectorAll("[data-node]")].find((n) => n.dataset.node === current);
    if (!el) return;
    el.classList.add("sf-current");
    requestAnimationFrame(() => {
      const box = el.getBoundingClientRect(), frame = this.host.getBoundingClientRect();
      const seen = box.top >= frame.top && box.bottom <= frame.bottom && box.left >= frame.left && box.right <= frame.right;
      if (!seen) this.host.scrollTo({
        left: this.host.scrollLeft + box.left - frame.left - (frame.width - box.width) / 2,
        top: this.host.scrollTop + box.top - frame.top - (frame.height - box.height) / 2,
        behavior: calm() ? "auto" : "smooth",
      });
    });
  }
}

const OWN = `:host { display: block } svg { display: block; margin: 0 auto; height: auto }
.survey-flow { --sf-paper: var(--panel) }
.sf-card { transition: stroke .3s } @media (prefers-reduced-motion: reduce) { .sf-card { transition: none } }`;
