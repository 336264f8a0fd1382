"""What customers write about, and how they feel about it."""
