// The page's words, in the language it is read in. `WORDS` stays one object, so whoever imported it reads what is spoken now.
import de from "./words/de.js";
import en from "./words/en.js";

const PAGES = { en, de };
export const LANGUAGES = Object.keys(PAGES);
export const WORDS = { ...en };
export let spoken = "en";

// What was chosen for the page, else the customer's language, else the first of the browser's that the page has.
export const languageOf = (chosen, customers) => [chosen, customers, ...browsers()].find((code) => code in PAGES) || "en";
export const browsers = () => navigator.languages.map((code) => code.slice(0, 2).toLowerCase());

export function speakPage(language) {
  spoken = language;
  Object.assign(WORDS, PAGES[language]);
  document.documentElement.lang = language;
  document.title = WORDS.title;
  for (const el of document.querySelectorAll("[data-words]")) el.textContent = word(el.dataset.words);
  for (const el of document.querySelectorAll("[data-label]")) el.setAttribute("aria-label", word(el.dataset.label));
}

const word = (path) => path.split(".").reduce((part, key) => part[key], WORDS);

// A language's name in itself: it → Italiano.
export function nameOf(code) {
  const name = new Intl.DisplayNames([code], { type: "language" }).of(code);
  return name[0].toLocaleUpperCase(code) + name.slice(1);
}
