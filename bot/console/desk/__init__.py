"""The console of those who work here: /console. `seam.signed_in` is how a page is added; see its docstring."""
