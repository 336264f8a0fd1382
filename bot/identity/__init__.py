"""Who works here: agents, their roles, how they sign in."""
