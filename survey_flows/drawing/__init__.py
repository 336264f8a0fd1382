"""The parts of `survey_flows.draw`: what is drawn (`scene`), where (`layout`), and how it looks (`svg`, `style`,
`mermaid`)."""
