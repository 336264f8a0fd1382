// How many text messages a text is: GSM 03.38 with its extension, else UCS-2.

const BASIC = new Set(
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà",
);
const TWICE = new Set("^{}\\[~]|€");

/** 3GPP TS 23.038: 160 or 70 in one message, 153 or 67 in each of several. */
export function segments(text) {
  const sizes = [...text].map((c) => (BASIC.has(c) ? 1 : TWICE.has(c) ? 2 : 0));
  const plain = sizes.every((size) => size > 0);
  const units = plain ? sizes : [...text].map((c) => c.length);
  const [one, each] = plain ? [160, 153] : [70, 67];
  const total = units.reduce((sum, size) => sum + size, 0);
  if (total <= one) return total ? 1 : 0;
  let parts = 1, used = 0;
  for (const size of units) { // a sign of two is never cut in two
    if (used + size > each) { parts += 1; used = 0; }
    used += size;
  }
  return parts;
}
