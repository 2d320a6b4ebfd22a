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
pub fn folder(section: &str) -> &str {
    match section {
        "C API" => "C_API",
        "Core and Builtins" => "Core_and_Builtins",
        "Unsupported platforms" => "Unsupported_platforms",
        _ => legacy_folder(section),
    }
}

/// The folder of a section on branches that are older than the underscores.
pub fn legacy_folder(section: &str) -> &str {
    match section {
        "Tools/Demos" => "Tools-Demos",
        _ => section,
    }
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

#[cfg(test)]
mod tests {
    use super::{SECTIONS, folder, legacy_folder, named, of_folder};

    #[test]
    fn a_section_has_its_names_and_no_others() {
        for section in SECTIONS {
            for name in [section, &section.to_lowercase(), folder(section), &format!(" {section} ")] {
                assert_eq!(named(name), Some(section), "{name:?}");
            }
            for name in [folder(section), legacy_folder(section)] {
                assert!(!name.contains('/'), "{name}");
                assert_eq!(of_folder(name), Some(section), "{name}");
            }
        }
        for bad in
            ["", " ", "\t", "Lib", "Libary", "Librarys", "core", "Core and", "Tools", "C", "CAPI", "_", "README.rst"]
        {
            assert_eq!(named(bad), None, "{bad:?}");
        }
        assert_eq!(of_folder("library"), None);
    }
}
