// What the page asks of the server. Every failure becomes an Error with a kind sentence.
import { spoken, WORDS } from "./words.js";

async function ask(path, body) {
  let answer;
  try {
    answer = await fetch(path, body === undefined ? { headers: { "Accept-Language": spoken } } : {
      method: "POST", headers: { "Content-Type": "application/json", "Accept-Language": spoken }, body: JSON.stringify(body),
    });
  } catch { throw new Error(WORDS.failed); }
  const type = answer.headers.get("content-type") || "";
  if (type.includes("json")) {
    const data = await answer.json();
    if (answer.ok) return data;
    throw Object.assign(new Error(data.error || WORDS.strange), { status: answer.status });
  }
  if (answer.ok) return answer.text();
  throw Object.assign(new Error(WORDS.strange), { status: answer.status });
}

const API = "/playground/api";
export const api = {
  surveys: () => ask(`${API}/surveys`),
  open: (customer) => ask(`${API}/conversations`, customer),
  start: (customer) => ask(`${API}/start`, customer),
  view: (id) => ask(`${API}/conversations/${id}`),
  drawing: (key, language) => ask(`${API}/drawing/${encodeURIComponent(key)}?language=${encodeURIComponent(language)}`),
  deed: (id, deed) => ask(`${API}/conversations/${id}/phone`, deed),
  say: (message) => ask("/webhooks/web/webhook", message),
  claim: (id, agent) => ask(`${API}/conversations/${id}/claim`, { agent }),
  reply: (id, agent, text) => ask(`${API}/conversations/${id}/reply`, { agent, text }),
  resolve: (id, number, agent, cause, action) => ask(`${API}/conversations/${id}/cases/${number}/resolve`, { agent, cause, action }),
  handBack: (id, agent) => ask(`${API}/conversations/${id}/hand-back`, { agent }),
};

// News of one conversation, for as long as the page wants: connects again by itself, at most every 5 s.
export function follow(id, { news, lost, gone }) {
  let source, timer, wait = 300, closed = false;
  const connect = () => {
    source = new EventSource(`${API}/conversations/${id}/events`);
    source.onopen = () => { wait = 300; lost(false); };
    source.onmessage = (event) => news(JSON.parse(event.data));
    source.onerror = () => {
      source.close();
      if (closed) return;
      lost(true);
      timer = setTimeout(async () => {
        if (closed) return;
        try { await api.view(id); connect(); } catch (error) {
          if (error.status === 404) return gone();
          wait = Math.min(wait * 2, 5000);
          source.onerror();
        }
      }, wait);
    };
  };
  connect();
  return () => { closed = true; clearTimeout(timer); source.close(); };
}
