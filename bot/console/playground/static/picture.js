// The survey's picture, with the open question lit and in view. It lives in a shadow tree: its style sheet is adopted, not inline,
// so the page's content policy stays strict, and it cannot leak.
import { api } from "./api.js";
import { calm, h } from "./dom.js";

export class Picture {
  constructor(place) {
    this.host = h("div", { class: "canvas", tabindex: "0", role: "img", "aria-label": "" });
    this.root = this.host.attachShadow({ mode: "open" });
    this.place = place;
    this.key = "";
    this.zoom = 1;
  }

  async show(key, language, current, title) {
    const name = `${key} ${language}`;
    if (name !== this.key) {
      this.key = name;
      const text = await api.drawing(key, language);
      if (this.key !== name) return;
      this.load(text);
      this.place.replaceChildren(this.host);
      this.host.setAttribute("aria-label", title);
      this.lit = undefined;
    }
    this.light(current);
  }

  load(text) {
    const svg = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
    const css = [...svg.querySelectorAll("style")].map((s) => { s.remove(); return s.textContent; }).join("\n");
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`${css}\n${OWN}`);
    this.root.adoptedStyleSheets = [sheet];
    svg.querySelectorAll("script, foreignObject").forEach((el) => el.remove());
    const width = parseFloat(svg.getAttribute("width")) || svg.viewBox.baseVal.width;
    svg.removeAttribute("height");
    svg.setAttribute("width", Math.max(Math.min(width, 560), 300));
    this.svg = document.importNode(svg, true);
    this.root.replaceChildren(this.svg);
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
      this.host.scrollTo({
        left: this.host.scrollLeft + box.left - frame.left - (frame.width - box.width) / 2,
        top: this.host.scrollTop + box.top - frame.top - (frame.height - box.height) / 2,
        behavior: calm() ? "auto" : "smooth",
      });
    });
  }
}

const OWN = `:host { display: block } svg { display: block; margin: 0 auto; height: auto }
.survey-flow { --sf-paper: transparent } .sf-label rect { fill: var(--panel, #fff) }
.sf-card { transition: stroke .3s } @media (prefers-reduced-motion: reduce) { .sf-card { transition: none } }`;
