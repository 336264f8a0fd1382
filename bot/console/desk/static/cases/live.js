// The live page reads itself again when something happens, at most once in a while.

import * as presence from "./presence.js";
import { calmly, fragment, listen } from "./stream.js";
import { tell } from "./times.js";

const place = document.getElementById("now");
const read = calmly(async () => {
  place.replaceChildren(...(await fragment("/console/live/now")).childNodes);
  tell(place);
});

tell();
const stream = listen(() => { read(); document.body.dataset.live = "yes"; });
presence.begin(stream.awake);
presence.tell();
setInterval(() => tell(place), 10000);
