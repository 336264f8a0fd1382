// What the server tells a page: its words, the agent's keys, what is shown.

const holder = document.getElementById("settings");

export const settings = holder.dataset;
export const words = JSON.parse(settings.words);

/** A text with its {places} filled in. */
export const say = (key, values = {}) => words[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
