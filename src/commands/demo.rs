//! `pyflow demo`
