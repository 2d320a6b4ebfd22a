//! `pyflow serve`: placeholder until the server's branch is merged.
