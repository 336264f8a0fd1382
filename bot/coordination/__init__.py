"""Several processes of one installation, over Redis (REDIS_URL): locks, live events, jobs, shared limits, workers.

Nothing here is the truth: that is the database's. Without Redis, or while it is gone, each process goes on by itself;
what keeps the order then is the fence of each conversation and the compare-and-set of each letter (docs/adr/0021).
"""
