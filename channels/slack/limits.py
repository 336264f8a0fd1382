"""What Slack takes, as data, each with its source. Lengths are characters as sent (`&` is the five of `&amp;`)."""

from __future__ import annotations

SECTION_TEXT = 3000  # https://docs.slack.dev/reference/block-kit/blocks/section-block
BLOCKS = 50  # blocks of one message: https://docs.slack.dev/reference/block-kit/blocks
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
