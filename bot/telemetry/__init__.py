"""How a running installation is watched: figures (Prometheus), traces (OpenTelemetry), logs. No personal data in any.

Lowest room of the house: everybody may count here, and it knows nobody but the channels' counters.
"""
