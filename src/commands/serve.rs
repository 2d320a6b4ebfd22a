//! `pyflow serve`: the embedded review server.
