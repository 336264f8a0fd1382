"""What Slack takes, as data, each with its source. Lengths are characters as sent (`&` is the five of `&amp;`)."""

from __future__ import annotations

SECTION_TEXT = 3000  # https://docs.slack.dev/reference/block-kit/blocks/section-block
BLOCKS = 50  # blocks of one message: https://docs.slack.dev/reference/block-kit/blocks
FIELDS, FIELD_TEXT = 10, 2000  # of a section: https://docs.slack.dev/reference/block-kit/blocks/section-block
ACTIONS = 25  # elements of one actions block: https://docs.slack.dev/reference/block-kit/blocks/actions-block
BUTTON_TEXT = 75  # https://docs.slack.dev/reference/block-kit/block-elements/button-element
BUTTON_VALUE = 2000  # the same
CHECKBOXES = 10  # options of one group: https://docs.slack.dev/reference/block-kit/block-elements/checkboxes-element
OPTION_TEXT = 75  # https://docs.slack.dev/reference/block-kit/composition-objects/option-object
OPTION_VALUE = 150  # the same
IDENTIFIER = 255  # block_id and action_id: https://docs.slack.dev/reference/block-kit/blocks/actions-block
FALLBACK_TEXT = 4000  # `text` beside blocks, advised: https://docs.slack.dev/reference/methods/chat.postMessage
SECTIONS = 3
"""Sections of one message, ours. Slack refuses all blocks together above a limit that it does not document
(msg_blocks_too_long); 11,341 characters were too many: https://github.com/slackapi/bolt-js/issues/2867"""
SIGNATURE_AGE = 300  # seconds: https://docs.slack.dev/authentication/verifying-requests-from-slack
"""Kept by slack_sdk's SignatureVerifier; stands here for the reader and the tests."""
SELECT_OPTIONS = 100  # https://docs.slack.dev/reference/block-kit/block-elements/multi-select-menu-element
INPUT_TEXT = 3000  # https://docs.slack.dev/reference/block-kit/block-elements/plain-text-input-element
INPUT_LABEL = 2000  # https://docs.slack.dev/reference/block-kit/blocks/input-block
HEADER_TEXT = 150  # https://docs.slack.dev/reference/block-kit/blocks/header-block
CONTEXT = 10  # elements: https://docs.slack.dev/reference/block-kit/blocks/context-block
VIEW_BLOCKS = 100  # of a modal or a Home tab: https://docs.slack.dev/reference/views
VIEW_TITLE = 24  # also of its buttons: https://docs.slack.dev/reference/views/modal-views
METADATA = 3000  # private_metadata: the same
PLACEHOLDER = 150  # https://docs.slack.dev/reference/block-kit/block-elements/multi-select-menu-element
TRIGGER_SECONDS = 3  # a trigger_id, once: https://docs.slack.dev/interactivity/handling-user-interaction
ANSWER_SECONDS = 3  # for the answer to anything that Slack sends: https://docs.slack.dev/apis/events-api

PER_SECOND = 0
"""No limit is named for all channels together; a 429 says how long to wait."""

PER_CHAT = (5, 5.0)
"""Messages to one channel, and in how many seconds: one a second, with short bursts.
https://docs.slack.dev/apis/web-api/rate-limits#posting"""
