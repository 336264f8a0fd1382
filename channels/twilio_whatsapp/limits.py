"""Twilio's limits for WhatsApp, with their sources. How many buttons and how long stands in `channels/looks.py`."""

from __future__ import annotations

PROVIDER = "twilio_whatsapp"
CHANNEL = "whatsapp"
PREFIX = "whatsapp:"
"""What Twilio writes before a number on WhatsApp. https://www.twilio.com/docs/whatsapp/api"""

TEXT_LIMIT = 1600
"""Of a message without buttons, in UTF-16 units. https://www.twilio.com/docs/api/errors/21617"""

CONTENT_BODY = 1024
"""Of a message with buttons or a list. https://www.twilio.com/docs/content/twilio-quick-reply"""

BUTTON_ID = 200
"""Of the id that a button or a list's item sends back. https://www.twilio.com/docs/content/twiliolist-picker"""

MENU_LABEL = 20
"""Of the button that opens a list. https://www.twilio.com/docs/content/twiliolist-picker"""

CONTENT_SECONDS = 4.0
"""Connecting and answering each, when a content is created. With the message that follows it stays below the 30 s after
which the outbox calls a message unknown (`channels.twilio.http.READ_SECONDS`)."""

TEMPLATE_BUTTONS = 10
"""Quick replies of an approved template; within the 24 hours and without approval only 3.
https://www.twilio.com/docs/content/twilio-quick-reply"""

TEMPLATE_NAME = 512
"""Characters of a template's name: small letters, digits and underscores.
https://developers.facebook.com/docs/whatsapp/business-management-api/message-templates"""

LINE_BREAKS = 2
"""In a row, in a template's body. https://www.twilio.com/docs/whatsapp/tutorial/message-template-approvals-statuses"""

PER_SECOND = 80
"""Messages of one sender; up to 400 where Twilio has raised it (CONDUCTOR_PER_SECOND).
https://www.twilio.com/docs/whatsapp/best-practices-and-faqs"""
