"""The same survey in other frameworks, with the same calls. They run in an environment of their own."""
