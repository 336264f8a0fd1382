"""Every path a customer can take through a survey, found without a customer.

`values` says which answers can make a difference, `classes` puts answers together that no condition can tell apart,
`remaining` knows in which orders the nodes can be asked, and `walk` goes every way once. `check` and `draw` are built
on it.
"""

from survey_flows.paths.walk import END, START, Step, Walk, walk

__all__ = ["END", "START", "Step", "Walk", "walk"]
