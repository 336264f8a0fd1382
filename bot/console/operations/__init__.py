"""What operators and their tools ask of a running server: health, figures; and the limits that keep it standing."""
