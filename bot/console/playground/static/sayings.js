// What the customer says by a press on the page, in the customer's language.
export const ASK_FOR = {
  en: "in English please", de: "auf Deutsch bitte", fr: "en français svp", es: "en español por favor",
  it: "in italiano per favore", nl: "in het Nederlands graag", pt: "em português por favor", pl: "po polsku proszę",
};

const SUGGESTIONS = {
  en: ["a solid 3, where is my refund?", "9", "eight or nine", "back", "auf Deutsch bitte", "agent"],
  de: ["eine glatte 3, wo bleibt meine Erstattung?", "9", "acht oder neun", "zurück", "in English please", "Mitarbeiter"],
};
export const suggestions = (language) => SUGGESTIONS[language] || SUGGESTIONS.en;

// A new customer has a name: so the greeting greets, and the console's list can be read.
const NAMES = ["Ada", "Bela", "Chloe", "David", "Elif", "Femke", "Giulia", "Hugo", "Inga", "Jan", "Kofi", "Lena", "Milan", "Nadia", "Oskar", "Pia", "Rosa", "Samir", "Tilda", "Vera"];
export const someName = () => NAMES[crypto.getRandomValues(new Uint8Array(1))[0] % NAMES.length];
