// Moments as the reader's clock shows them, one way on every page: in the reader's zone and language, 24 hours a day, as
// the bot writes to customers ("by 09:20"). What stands there is short; its title names the day and the zone.

const { lang } = document.documentElement;
const language = navigator.language.startsWith(lang) ? navigator.language : lang;
const CLOCK = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
const DAY = { day: "numeric", month: "short", year: "numeric" };
const form = (shape) => new Intl.DateTimeFormat(language, shape);

const clock = form(CLOCK), dayAndClock = form({ day: "numeric", month: "short", ...CLOCK });
const day = form(DAY), both = form({ ...DAY, ...CLOCK });
const zoned = form({ ...DAY, ...CLOCK, timeZoneName: "short" }), universal = form({ ...CLOCK, timeZone: "UTC" });

/** "14:20" of today, "26 Nov, 14:20" of another day. */
export const short = (when) => (new Date().toDateString() === when.toDateString() ? clock : dayAndClock).format(when);
export const dayOf = (when) => day.format(when);
export const whole = (when) => both.format(when);

/** "26 Nov 2026, 14:20 CET (13:20 UTC)". */
export function withZone(when) {
  const here = zoned.format(when);
  return here.endsWith("UTC") ? here : `${here} (${universal.format(when)} UTC)`;
}
