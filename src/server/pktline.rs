//! Git's pkt-lines and side-bands (gitprotocol-common): reading and writing, no I/O of its own.

use std::io::{self, Read};

/// The most that one pkt-line carries (gitprotocol-common: 65520 with its length).
const MAX_PAYLOAD: usize = 65_516;

/// Appends one pkt-line.
pub(super) fn line(out: &mut Vec<u8>, payload: &[u8]) {
    debug_assert!(payload.len() <= MAX_PAYLOAD, "callers cut long payloads");
    out.extend_from_slice(format!("{:04x}", payload.len() + 4).as_bytes());
    out.extend_from_slice(payload);
}

/// Appends a flush packet.
pub(super) fn flush(out: &mut Vec<u8>) {
    out.extend_from_slice(b"0000");
}

/// Appends `payload` on a side-band (1 data, 2 progress, 3 fatal error), cut as needed.
pub(super) fn band(out: &mut Vec<u8>, band: u8, payload: &[u8]) {
    for chunk in payload.chunks(MAX_PAYLOAD - 1) {
        out.extend_from_slice(format!("{:04x}", chunk.len() + 5).as_bytes());
        out.push(band);
        out.extend_from_slice(chunk);
    }
}

/// One thing read from a stream of pkt-lines.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Packet {
    /// A line with its payload.
    Line(Vec<u8>),
    /// `0000`.
    Flush,
}

/// Reads the next packet; an end of the stream before or in it is an error.
pub(super) fn read(input: &mut impl Read) -> io::Result<Packet> {
    let malformed = || io::Error::new(io::ErrorKind::InvalidData, "malformed pkt-line");
    let mut head = [0_u8; 4];
    input.read_exact(&mut head)?;
    if !head.iter().all(u8::is_ascii_hexdigit) {
        return Err(malformed());
    }
    let head = std::str::from_utf8(&head).map_err(|_| malformed())?;
    let length = usize::from_str_radix(head, 16).map_err(|_| malformed())?;
    if length == 0 {
        return Ok(Packet::Flush);
    }
    let mut payload = vec![0; length.checked_sub(4).ok_or_else(malformed)?];
    input.read_exact(&mut payload)?;
    Ok(Packet::Line(payload))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_are_read_as_they_were_written() {
        let mut bytes = Vec::new();
        line(&mut bytes, b"hello\n");
        flush(&mut bytes);
        let mut input = bytes.as_slice();
        assert_eq!(read(&mut input).unwrap(), Packet::Line(b"hello\n".to_vec()));
        assert_eq!(read(&mut input).unwrap(), Packet::Flush);
        assert!(read(&mut input).is_err());
    }

    #[test]
    fn nonsense_is_refused() {
        for bad in [&b"00"[..], b"zzzz", b"0001", b"0003", b"0010short", b"+005a", "é000".as_bytes()] {
            let mut input = bad;
            assert!(read(&mut input).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn long_texts_are_cut_into_bands() {
        let mut out = Vec::new();
        band(&mut out, 2, &vec![b'x'; MAX_PAYLOAD * 2]);
        let mut input = out.as_slice();
        let mut seen = 0;
        while let Ok(Packet::Line(payload)) = read(&mut input) {
            assert_eq!(payload[0], 2);
            seen += payload.len() - 1;
        }
        assert_eq!(seen, MAX_PAYLOAD * 2);
    }
}
