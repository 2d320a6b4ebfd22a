//! The embedded server. Imports nothing of the client's rooms.
