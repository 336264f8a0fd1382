"""What each kind of channel can show, as data with sources. Renderers decide by these, never by a channel's name.

The limits that a survey's *words* can break stand beside the checker (`survey_flows/channels.yml`); here stands what
a renderer may draw.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from channels.contract import Capabilities

LOOKS: Mapping[str, Capabilities] = MappingProxyType(
    {
        "sms": Capabilities(
            text_limit=1600,  # characters; Twilio cuts the text into segments, error 21617 above this
            source="https://www.twilio.com/docs/api/errors/21617",
        ),
        "whatsapp": Capabilities(
            text_limit=1024,
            buttons=3,  # quick replies within a session
            button_label=20,
            list_items=10,
            list_label=24,
            window_hours=24,  # https://www.twilio.com/docs/whatsapp/key-concepts#the-24-hour-window
            source="https://www.twilio.com/docs/content/twilio-quick-reply, https://www.twilio.com/docs/content/twiliolist-picker",
        ),
        "telegram": Capabilities(
            text_limit=4096,
            buttons=100,  # an inline keyboard holds more than any question needs
            button_label=64,  # our own limit: longer labels are cut off on a narrow phone
            source="https://core.telegram.org/bots/api#sendmessage, https://core.telegram.org/bots/api#inlinekeyboardmarkup",
        ),
        "slack": Capabilities(
            text_limit=3000,  # a section block
            buttons=25,  # elements of one actions block
            button_label=75,
            source="https://docs.slack.dev/reference/block-kit/blocks/actions-block, "
            "https://docs.slack.dev/reference/block-kit/blocks/section-block",
        ),
        "voice": Capabilities(
            text_limit=4096,  # characters in one <Say>
            keypad=True,
            source="https://www.twilio.com/docs/voice/twiml/say, https://www.twilio.com/docs/voice/twiml/gather",
        ),
        "web": Capabilities(text_limit=4096, buttons=25, button_label=60, source="our own page"),
    }
)
"""Channel kind → what it can show."""
