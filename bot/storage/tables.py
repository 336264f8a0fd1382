"""Every table, in one place. Times are ISO 8601 text in UTC to the microsecond, so that SQLite and PostgreSQL sort
and store them alike
and a frozen clock replays them exactly. JSON is text: the database never looks inside.
"""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id() -> sa.Column:
    return sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True)


def _ref(name: str, target: str, nullable: bool = False) -> sa.Column:
    kind = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    return sa.Column(name, kind, sa.ForeignKey(f"{target}.id"), nullable=nullable)


contacts = sa.Table(
    "contacts",
    metadata,
    _id(),
    sa.Column("name", sa.Text),
    sa.Column("language", sa.String(8)),
    sa.Column("attributes", sa.Text, nullable=False, server_default="{}"),
    sa.Column("external_id", sa.String(120)),  # by which the company knows them; two different ones are two people
    sa.Column("opted_out_at", sa.String(32)),
    sa.Column("created_at", sa.String(32), nullable=False),
    sa.UniqueConstraint("external_id"),
)

conversations = sa.Table(
    "conversations",
    metadata,
    _id(),
    _ref("contact_id", "contacts"),
    sa.Column("provider", sa.String(32), nullable=False),
    sa.Column("channel", sa.String(16), nullable=False),
    sa.Column("address", sa.String(255), nullable=False),
    sa.Column("language", sa.String(8), nullable=False),
    sa.Column("owner", sa.String(8), nullable=False, server_default="bot"),  # survey, bot, human
    sa.Column("agent", sa.String(120)),  # who, while a person owns it
    sa.Column("response_id", sa.BigInteger().with_variant(sa.Integer, "sqlite")),  # the open response
    sa.Column("tracker", sa.Text),  # Rasa's bounded snapshot: disposable
    sa.Column("created_at", sa.String(32), nullable=False),
    sa.Column("last_inbound_at", sa.String(32)),
    sa.Column("call", sa.String(64)),  # the provider's id of the call that is going on
    sa.Column("pending", sa.Text),  # JSON: what was asked below an FAQ's answer, until the customer's next message
    # Grows with every change of owner, agent, response or consent: a turn that was thought out before is not written
    sa.Column("version", sa.Integer, nullable=False, server_default="0"),
    sa.Column("language_chosen", sa.Boolean, nullable=False, server_default=sa.false()),  # by the customer
    # The language that was offered to a customer who wrote in it, until their next message; "-": one was, earlier.
    sa.Column("language_offer", sa.String(8)),
    sa.Column("guesses", sa.Text),  # JSON: what "did you mean" offered, until the customer's next message
    sa.UniqueConstraint("channel", "address"),
    sa.Index("ix_conversations_contact_id", "contact_id"),
)

surveys = sa.Table(
    "surveys",
    metadata,
    _id(),
    sa.Column("key", sa.String(64), nullable=False),
    sa.Column("fingerprint", sa.String(64), nullable=False),
    sa.Column("source", sa.Text, nullable=False),  # the YAML, sub-surveys beside it
    sa.Column("parts", sa.Text, nullable=False, server_default="{}"),  # sub-survey key → YAML as it was
    sa.Column("live", sa.Boolean, nullable=False),
    sa.Column("published_at", sa.String(32), nullable=False),
    sa.UniqueConstraint("key", "fingerprint"),
    sa.Index("ix_surveys_fingerprint", "fingerprint"),
)

responses = sa.Table(
    "responses",
    metadata,
    _id(),
    # An anonymous survey's response has no contact, and when it is over no conversation either.
    _ref("conversation_id", "conversations", nullable=True),
    _ref("contact_id", "contacts", nullable=True),
    _ref("invitation_id", "invitations", nullable=True),
    sa.Column("survey_key", sa.String(64), nullable=False),
    sa.Column("fingerprint", sa.String(64), nullable=False),
    sa.Column("touchpoint", sa.String(64), nullable=False),
    sa.Column("channel", sa.String(16), nullable=False),
    sa.Column("language", sa.String(8), nullable=False),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("session", sa.Text, nullable=False),
    sa.Column("started_at", sa.String(32), nullable=False),
    sa.Column("ended_at", sa.String(32)),
    sa.Column("expires_at", sa.String(32), nullable=False),
    sa.Column("timeout_at", sa.String(32)),  # when the open question's time runs out
    sa.Index("ix_responses_conversation_id", "conversation_id"),
    sa.Index("ix_responses_contact_id_survey_key", "contact_id", "survey_key"),
    sa.Index("ix_responses_contact_id_status", "contact_id", "status"),  # a contact's history, asked at each start
    sa.Index("ix_responses_survey_key_started_at", "survey_key", "started_at"),
    sa.Index("ix_responses_status_expires_at", "status", "expires_at"),
    sa.Index("ix_responses_status_timeout_at", "status", "timeout_at"),
)

answers = sa.Table(
    "answers",
    metadata,
    _id(),
    _ref("response_id", "responses"),
    sa.Column("node", sa.String(200), nullable=False),
    sa.Column("question", sa.String(64), nullable=False),
    sa.Column("type", sa.String(16), nullable=False),
    sa.Column("value", sa.Text),  # JSON
    sa.Column("raw", sa.Text, nullable=False, server_default=""),
    sa.Column("metric", sa.String(8), nullable=False, server_default=""),
    sa.Column("score", sa.Float),
    sa.Column("band", sa.String(12), nullable=False, server_default=""),
    sa.Column("skipped", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("state", sa.String(12), nullable=False, server_default="current"),  # current, superseded, withdrawn
    sa.Column("answered_at", sa.String(32), nullable=False),
    _ref("inbox_id", "inbox", nullable=True),
    sa.UniqueConstraint("response_id", "node", "inbox_id"),  # one message answers one question once
    sa.Index("ix_answers_response_id_state", "response_id", "state"),
    sa.Index("ix_answers_metric_answered_at", "metric", "answered_at"),
    sa.Index("ix_answers_inbox_id", "inbox_id"),  # which answers came of a message that is edited now
)

inbox = sa.Table(
    "inbox",
    metadata,
    _id(),
    _ref("conversation_id", "conversations"),
    sa.Column("provider", sa.String(32), nullable=False),
    sa.Column("message_id", sa.String(255), nullable=False),
    sa.Column("reference", sa.String(255)),  # how the provider names the message when it is edited later
    sa.Column(
        "kind", sa.String(12), nullable=False, server_default="message"
    ),  # message, call, invite, timeout, expire, resume
    sa.Column("text", sa.Text, nullable=False, server_default=""),  # blank after the data were deleted
    sa.Column("picked", sa.Text),  # JSON
    sa.Column("payload", sa.Text, nullable=False, server_default="{}"),  # JSON
    sa.Column("understood", sa.Text),  # JSON: intent, confidence, reading
    sa.Column("status", sa.String(8), nullable=False, server_default="new"),  # new, done, waiting, parked
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("error", sa.Text),
    sa.Column("waits_for", sa.String(32)),  # why it waits: bot/storage/waiting.py
    sa.Column("received_at", sa.String(32), nullable=False),
    sa.Column("done_at", sa.String(32)),
    sa.Column("held_until", sa.String(32)),  # the customer may go on: it is not answered before
    # The message with which it was read together. No foreign key: it only says where an edit finds the answer.
    sa.Column("joined_to", sa.BigInteger().with_variant(sa.Integer, "sqlite")),
    sa.UniqueConstraint("provider", "message_id"),
    sa.Index("ix_inbox_status_conversation_id", "status", "conversation_id"),
    sa.Index("ix_inbox_conversation_id_reference", "conversation_id", "reference"),
    sa.Index("ix_inbox_provider_received_at", "provider", "received_at"),  # a channel's last message
    sqlite_autoincrement=True,  # a deleted row's id is never given again: it is the key that a provider knows
)

outbox = sa.Table(
    "outbox",
    metadata,
    _id(),
    _ref("conversation_id", "conversations"),
    _ref("inbox_id", "inbox", nullable=True),
    sa.Column("position", sa.Integer, nullable=False, server_default="0"),
    sa.Column("role", sa.String(16), nullable=False),
    sa.Column("sender", sa.String(120), nullable=False, server_default="bot"),
    sa.Column("payload", sa.Text, nullable=False),  # JSON of channels.contract.Outbound
    # queued, sending, sent, delivered, read, failed, unknown, withheld
    sa.Column("status", sa.String(12), nullable=False, server_default="queued"),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("next_attempt_at", sa.String(32), nullable=False),
    sa.Column("sending_until", sa.String(32)),  # its sender has died when it is still "sending" after that
    sa.Column("again_at", sa.String(32)),  # sent once more, because nobody knew: the customer may have it twice
    sa.Column("provider_message_id", sa.String(255)),
    sa.Column("error", sa.Text),
    sa.Column("created_at", sa.String(32), nullable=False),
    sa.Column("sent_at", sa.String(32)),
    sa.UniqueConstraint("inbox_id", "position"),
    sa.Index("ix_outbox_status_next_attempt_at", "status", "next_attempt_at"),
    sa.Index("ix_outbox_conversation_id", "conversation_id"),
    sa.Index("ix_outbox_conversation_id_status", "conversation_id", "status"),  # what holds a letter back
    sa.Index("ix_outbox_provider_message_id", "provider_message_id"),
    sqlite_autoincrement=True,  # a deleted row's id is never given again: it is the key that a provider knows
)

cases = sa.Table(
    "cases",
    metadata,
    _id(),
    _ref("contact_id", "contacts", nullable=True),
    _ref("conversation_id", "conversations", nullable=True),  # both empty for an anonymous survey's case
    _ref("response_id", "responses", nullable=True),
    sa.Column("channel", sa.String(16), nullable=False),
    sa.Column("survey_key", sa.String(64)),
    sa.Column("touchpoint", sa.String(64), nullable=False, server_default=""),
    sa.Column("reason", sa.String(16), nullable=False),  # score, asked, unreadable, failure, complaint
    sa.Column("metric", sa.String(8), nullable=False, server_default=""),
    sa.Column("score", sa.Float),
    sa.Column("band", sa.String(12), nullable=False, server_default=""),
    sa.Column("verbatim", sa.Text, nullable=False, server_default=""),
    sa.Column("transcript", sa.Text, nullable=False, server_default="[]"),  # JSON, as it was when the case opened
    sa.Column("team", sa.String(64), nullable=False),
    sa.Column("agent", sa.String(120)),
    sa.Column("priority", sa.String(8), nullable=False),
    # new, assigned, waiting_for_customer, waiting_for_us, resolved, reopened, closed
    sa.Column("status", sa.String(24), nullable=False, server_default="new"),
    sa.Column("opened_at", sa.String(32), nullable=False),
    sa.Column("due_at", sa.String(32), nullable=False),  # somebody answers by then
    sa.Column("resolve_by", sa.String(32)),
    sa.Column("first_response_at", sa.String(32)),  # when it arrived
    sa.Column("first_response_id", sa.BigInteger().with_variant(sa.Integer, "sqlite")),  # the letter: an outbox row
    sa.Column("reply_to", sa.String(254)),  # the one thing known of an anonymous customer: where they want an answer
    sa.Column("snoozed_until", sa.String(32)),
    sa.Column("resolved_at", sa.String(32)),
    sa.Column("resolved_by", sa.String(120)),
    sa.Column("root_cause", sa.String(64)),
    sa.Column("action_taken", sa.Text),
    sa.Column("reopened", sa.Integer, nullable=False, server_default="0"),  # how often
    sa.Column("closed_at", sa.String(32)),
    # The invitation that asks how it is now. No foreign key: responses refer to invitations, and cases to responses.
    sa.Column("follow_up_id", sa.BigInteger().with_variant(sa.Integer, "sqlite")),
    sa.Index("ix_cases_follow_up_id", "follow_up_id"),
    sa.Index("ix_cases_status_due_at", "status", "due_at"),
    sa.Index("ix_cases_conversation_id", "conversation_id"),
    sa.Index("ix_cases_first_response_id", "first_response_id"),
    sa.Index("ix_cases_agent_status", "agent", "status"),  # whose they are, in the inbox
    sa.Index("ix_cases_contact_id_touchpoint", "contact_id", "touchpoint"),
)

case_events = sa.Table(
    "case_events",
    metadata,
    _id(),
    _ref("case_id", "cases"),
    sa.Column("at", sa.String(32), nullable=False),
    sa.Column("actor", sa.String(120), nullable=False),
    sa.Column("kind", sa.String(24), nullable=False),
    sa.Column("data", sa.Text, nullable=False, server_default="{}"),
    sa.Index("ix_case_events_case_id", "case_id"),
    sa.Index("ix_case_events_at", "at"),
)

case_clocks = sa.Table(
    "case_clocks",
    metadata,
    _id(),
    _ref("case_id", "cases"),
    sa.Column("kind", sa.String(32), nullable=False),  # bot/recovery/clocks.py
    sa.Column("at", sa.String(32), nullable=False),
    sa.Column("struck_at", sa.String(32)),
    sa.Index("ix_case_clocks_struck_at_at", "struck_at", "at"),
    sa.Index("ix_case_clocks_case_id_kind", "case_id", "kind"),
)

notifications = sa.Table(
    "notifications",
    metadata,
    _id(),
    _ref("case_id", "cases"),
    sa.Column("kind", sa.String(32), nullable=False),  # opened, reopened, transferred, and what clocks strike
    sa.Column("way", sa.String(16), nullable=False),  # slack, email, webhook
    sa.Column("target", sa.String(255), nullable=False),
    sa.Column("status", sa.String(12), nullable=False, server_default="queued"),  # queued, sending, sent, failed
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("next_attempt_at", sa.String(32), nullable=False),
    sa.Column("reference", sa.String(255)),  # the provider's own, such as a Slack message's time stamp
    sa.Column("error", sa.Text),
    sa.Column("created_at", sa.String(32), nullable=False),
    sa.Column("sent_at", sa.String(32)),
    sa.Index("ix_notifications_status_next_attempt_at", "status", "next_attempt_at"),
    sa.Index("ix_notifications_case_id", "case_id"),
)

case_threads = sa.Table(
    "case_threads",
    metadata,
    _id(),
    _ref("case_id", "cases"),
    sa.Column("target", sa.String(255), nullable=False),  # as recovery.yml names it
    sa.Column("channel", sa.String(64), nullable=False),
    sa.Column("thread", sa.String(64), nullable=False),
    # What stands in the thread already: the last ids of the inbox, the outbox and the audit. -1: not even the beginning
    sa.Column("seen_in", sa.BigInteger, nullable=False),
    sa.Column("seen_out", sa.BigInteger, nullable=False),
    sa.Column("seen_event", sa.BigInteger, nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),  # of the case as it is shown
    sa.Column("posting", sa.Text),  # JSON: the three ids that will have been seen once what is being posted is there
    sa.Column("not_before", sa.String(32), nullable=False),
    sa.Column("ended", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.UniqueConstraint("channel", "thread"),
    sa.UniqueConstraint("case_id", "target"),
    sa.Index("ix_case_threads_ended_not_before", "ended", "not_before"),
)

agent_deeds = sa.Table(
    "agent_deeds",
    metadata,
    _id(),
    sa.Column("provider", sa.String(32), nullable=False),
    sa.Column("message_id", sa.String(255), nullable=False),
    sa.Column("place", sa.String(160), nullable=False),  # a case's thread: its deeds are done in order
    sa.Column("payload", sa.Text, nullable=False),  # JSON; blank when it is done
    sa.Column("status", sa.String(8), nullable=False, server_default="new"),  # new, doing, done, failed
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("next_attempt_at", sa.String(32), nullable=False),
    sa.Column("error", sa.Text),
    sa.Column("received_at", sa.String(32), nullable=False),
    sa.Column("done_at", sa.String(32)),
    sa.UniqueConstraint("provider", "message_id"),
    sa.Index("ix_agent_deeds_status_next_attempt_at", "status", "next_attempt_at"),
    sa.Index("ix_agent_deeds_place_status", "place", "status"),
)

invitations = sa.Table(
    "invitations",
    metadata,
    _id(),
    _ref("contact_id", "contacts"),
    _ref("conversation_id", "conversations"),
    sa.Column("survey_key", sa.String(64), nullable=False),
    sa.Column("channel", sa.String(16), nullable=False),
    sa.Column("status", sa.String(12), nullable=False),  # queued, sent, skipped
    sa.Column("reason", sa.Text),
    sa.Column("created_at", sa.String(32), nullable=False),
    sa.Column("sent_at", sa.String(32)),
    sa.Index("ix_invitations_contact_id_created_at", "contact_id", "created_at"),
    sa.Index("ix_invitations_survey_key_sent_at", "survey_key", "sent_at"),
)

templates = sa.Table(
    "templates",
    metadata,
    _id(),
    sa.Column("survey_key", sa.String(64), nullable=False),
    sa.Column("language", sa.String(8), nullable=False),
    sa.Column("name", sa.String(512), nullable=False),  # at the provider; other words are another template
    sa.Column("content_sid", sa.String(34), nullable=False),
    sa.Column("category", sa.String(32), nullable=False, server_default=""),
    # unsubmitted, received, pending, approved, rejected, paused, disabled
    sa.Column("status", sa.String(32), nullable=False),
    sa.Column("reason", sa.Text, nullable=False, server_default=""),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("pipes", sa.Text, nullable=False, server_default="[]"),  # JSON: what stands for {{1}}, {{2}} …
    sa.Column("asks", sa.String(200), nullable=False, server_default=""),  # the question that its buttons answer
    sa.Column("pushed_at", sa.String(32), nullable=False),
    sa.Column("checked_at", sa.String(32), nullable=False),
    sa.UniqueConstraint("name"),
    sa.Index("ix_templates_survey_key_language", "survey_key", "language"),
)

offers = sa.Table(
    "offers",
    metadata,
    _id(),
    _ref("conversation_id", "conversations"),
    _ref("invitation_id", "invitations"),
    sa.Column("survey_key", sa.String(64), nullable=False),
    sa.Column("language", sa.String(8), nullable=False),
    sa.Column("asks", sa.String(200), nullable=False, server_default=""),  # as in templates
    sa.Column("offered_at", sa.String(32), nullable=False),
    sa.UniqueConstraint("conversation_id", "survey_key"),
    sa.Index("ix_offers_invitation_id", "invitation_id"),
)

link_codes = sa.Table(
    "link_codes",
    metadata,
    _id(),
    sa.Column("digest", sa.String(64), nullable=False),  # SHA-256 of the code; the code itself is kept nowhere
    _ref("contact_id", "contacts"),
    sa.Column("survey_key", sa.String(64)),  # starts when the code is brought
    sa.Column("created_at", sa.String(32), nullable=False),
    sa.Column("expires_at", sa.String(32), nullable=False),
    sa.Column("redeemed_at", sa.String(32)),
    _ref("conversation_id", "conversations", nullable=True),  # where it was brought
    sa.UniqueConstraint("digest"),
    sa.Index("ix_link_codes_contact_id", "contact_id"),
)

quota_counts = sa.Table(
    "quota_counts",
    metadata,
    sa.Column("survey_key", sa.String(64), primary_key=True),
    sa.Column("quota", sa.String(64), primary_key=True),
    sa.Column("count", sa.Integer, nullable=False, server_default="0"),
)

agents = sa.Table(
    "agents",
    metadata,
    _id(),
    sa.Column("login", sa.String(120), nullable=False, unique=True),
    sa.Column("name", sa.String(120), nullable=False, unique=True),  # as conversations, cases and the audit name them
    sa.Column("role", sa.String(16), nullable=False),
    sa.Column("teams", sa.Text, nullable=False, server_default="[]"),  # JSON
    sa.Column("language", sa.String(8), nullable=False, server_default="en"),
    sa.Column("password", sa.Text),  # argon2id; none until the one-time link was used
    sa.Column("totp", sa.String(64)),
    sa.Column("last_totp", sa.BigInteger, nullable=False, server_default="0"),  # the step of the last code taken
    sa.Column("subject", sa.String(255), unique=True),  # at the company's identity provider
    sa.Column("slack", sa.String(32), unique=True),  # their id there, where their e-mail address does not say it
    sa.Column("created_at", sa.String(32), nullable=False),
    sa.Column("removed_at", sa.String(32)),
)

agent_sessions = sa.Table(
    "agent_sessions",
    metadata,
    _id(),
    _ref("agent_id", "agents"),
    sa.Column("token", sa.String(64), nullable=False, unique=True),  # SHA-256
    sa.Column("csrf", sa.String(64), nullable=False),
    sa.Column("address", sa.String(64), nullable=False),
    sa.Column("created_at", sa.String(32), nullable=False),
    sa.Column("seen_at", sa.String(32), nullable=False),
    sa.Column("expires_at", sa.String(32), nullable=False),
    sa.Index("ix_agent_sessions_agent_id", "agent_id"),
)

agent_links = sa.Table(
    "agent_links",
    metadata,
    _id(),
    _ref("agent_id", "agents"),
    sa.Column("token", sa.String(64), nullable=False, unique=True),  # SHA-256
    sa.Column("created_at", sa.String(32), nullable=False),
    sa.Column("expires_at", sa.String(32), nullable=False),
    sa.Index("ix_agent_links_agent_id", "agent_id"),
)

sign_in_steps = sa.Table(
    "sign_in_steps",
    metadata,
    _id(),
    _ref("agent_id", "agents"),
    sa.Column("token", sa.String(64), nullable=False, unique=True),  # SHA-256
    sa.Column("expires_at", sa.String(32), nullable=False),
    sa.Index("ix_sign_in_steps_agent_id", "agent_id"),
)

staff_events = sa.Table(
    "staff_events",
    metadata,
    _id(),
    sa.Column("at", sa.String(32), nullable=False),
    sa.Column("actor", sa.String(120), nullable=False),  # an agent's name; "command line"
    # added, changed, removed, link_made, renamed, session_ended, password_set, password_changed, factor_set,
    # factor_dropped
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("data", sa.Text, nullable=False),  # JSON
    sa.Index("ix_staff_events_at", "at"),
)

sign_in_attempts = sa.Table(
    "sign_in_attempts",
    metadata,
    _id(),
    sa.Column("login", sa.String(120), nullable=False),
    sa.Column("address", sa.String(64), nullable=False),
    sa.Column("ok", sa.Boolean, nullable=False),
    sa.Column("at", sa.String(32), nullable=False),
    sa.Index("ix_sign_in_attempts_at", "at"),
    sa.Index("ix_sign_in_attempts_login_at", "login", "at"),
    sa.Index("ix_sign_in_attempts_address_at", "address", "at"),
)

agent_shortcuts = sa.Table(
    "agent_shortcuts",
    metadata,
    _id(),
    _ref("agent_id", "agents"),
    sa.Column("deed", sa.String(32), nullable=False),
    sa.Column("keys", sa.String(16), nullable=False),
    sa.UniqueConstraint("agent_id", "deed"),
)

presence = sa.Table(
    "presence",
    metadata,
    _id(),
    _ref("agent_id", "agents"),
    sa.Column("page", sa.String(64), nullable=False, unique=True),  # one open page of a browser
    _ref("case_id", "cases", nullable=True),  # what it shows
    sa.Column("typing_at", sa.String(32)),
    sa.Column("seen_at", sa.String(32), nullable=False),
    sa.Index("ix_presence_seen_at", "seen_at"),
    sa.Index("ix_presence_agent_id", "agent_id"),
    sa.Index("ix_presence_case_id", "case_id"),
)

canned_replies = sa.Table(
    "canned_replies",
    metadata,
    _id(),
    sa.Column("team", sa.String(64), nullable=False, server_default=""),  # empty: every team's
    sa.Column("language", sa.String(8), nullable=False),
    sa.Column("name", sa.String(64), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("changed_by", sa.String(120), nullable=False),
    sa.Column("changed_at", sa.String(32), nullable=False),
    sa.UniqueConstraint("team", "language", "name"),
)

faq_events = sa.Table(
    "faq_events",
    metadata,
    _id(),
    _ref("conversation_id", "conversations"),
    sa.Column("kind", sa.String(16), nullable=False),  # answered, offered, asked, helped, not_helped, handed_over, gap
    sa.Column("entry", sa.String(64), nullable=False),
    sa.Column("language", sa.String(8), nullable=False),
    sa.Column("channel", sa.String(16), nullable=False),
    sa.Column("confidence", sa.Float),
    sa.Column("text", sa.Text, nullable=False, server_default=""),  # only of a gap; blanked with the contact's data
    sa.Column("at", sa.String(32), nullable=False),
    sa.Index("ix_faq_events_conversation_id_at", "conversation_id", "at"),
    sa.Index("ix_faq_events_kind_at", "kind", "at"),
)

label_models = sa.Table(
    "label_models",
    metadata,
    _id(),
    sa.Column("kind", sa.String(12), nullable=False),  # theme, sentiment
    sa.Column("version", sa.String(16), nullable=False),
    sa.Column("inputs", sa.Text, nullable=False),  # JSON: what it was trained on, in figures
    sa.Column("facts", sa.Text, nullable=False),  # JSON: how good it is
    sa.Column("weights", sa.LargeBinary),  # of the newest only: earlier ones may know what must be forgotten
    sa.Column("at", sa.String(32), nullable=False),
    sa.Index("ix_label_models_kind", "kind"),
)

answer_labels = sa.Table(
    "answer_labels",
    metadata,
    _id(),
    _ref("answer_id", "answers"),
    sa.Column("kind", sa.String(12), nullable=False),
    sa.Column("label", sa.String(64), nullable=False),  # "unclassified" where nothing is sure
    sa.Column("confidence", sa.Float, nullable=False),
    sa.Column("version", sa.String(16), nullable=False),
    sa.Column("at", sa.String(10), nullable=False),  # the day: a moment could lead to who answered anonymously
    sa.UniqueConstraint("answer_id", "kind", "label"),
    sa.Index("ix_answer_labels_kind_version", "kind", "version"),
)

label_corrections = sa.Table(
    "label_corrections",
    metadata,
    _id(),
    _ref("answer_id", "answers"),
    sa.Column("kind", sa.String(12), nullable=False),
    sa.Column("labels", sa.Text, nullable=False),  # JSON: what a person says it is about; [] for nothing of it
    sa.Column("at", sa.String(10), nullable=False),
    sa.UniqueConstraint("answer_id", "kind"),
)

schema_floor = sa.Table(
    "schema_floor",
    metadata,
    # Of a migration that took something away (contract): code that does not know it can't work here any more.
    sa.Column("revision", sa.String(32), primary_key=True),
)
