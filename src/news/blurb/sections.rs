//! blurb's sections, in the order of their importance, and the folders that they have.

/// The sections of blurb 2.3.0, in the order in which they are printed.
pub const SECTIONS: [&str; 17] = [
    "Security",
    "Core and Builtins",
    "Library",
    "Documentation",
    "Tests",
    "Build",
    "Windows",
    "macOS",
    "iOS",
    "Android",
    "FreeBSD",
    "WASI",
    "Emscripten",
    "Unsupported platforms",
    "IDLE",
    "Tools/Demos",
    "C API",
];

/// The only section that may name a CVE.
pub const SECURITY: &str = "Security";

/// The folder of a section.
pub fn folder(section: &str) -> String {
    match section {
        "C API" | "Core and Builtins" | "Unsupported platforms" => section.replace(' ', "_"),
        _ => legacy_folder(section),
    }
}

/// The folder of a section on branches that are older than the underscores.
pub fn legacy_folder(section: &str) -> String {
    section.replace('/', "-")
}

/// The section of a folder, by either name.
pub fn of_folder(name: &str) -> Option<&'static str> {
    SECTIONS.into_iter().find(|section| folder(section) == name || legacy_folder(section) == name)
}

/// The section that a person means: as it is written, all in lower case, or the folder's name.
pub fn named(text: &str) -> Option<&'static str> {
    let text = text.trim();
    SECTIONS
        .into_iter()
        .find(|section| *section == text || section.to_lowercase() == text)
        .or_else(|| SECTIONS.into_iter().find(|section| folder(section).eq_ignore_ascii_case(text)))
}
