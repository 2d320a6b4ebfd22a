//! A fragment carried to another branch: the folders may be spelled otherwise there, or the
//! section may not exist. The text stays as it is.

use super::blurb::{Blurb, sections};
use super::{Style, below};

/// Where a fragment belongs on another branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rehomed {
    /// From the top of that branch's tree.
    pub path: String,
    /// What a person should look at.
    pub note: Option<String>,
}

/// The place of blurb's fragment `path` on a branch with the style `there`, whose tree has the
/// folders that `has_folder` knows. `None` where `path` is no fragment.
pub fn blurb(path: &str, here: &Blurb, there: &Blurb, has_folder: &dyn Fn(&str) -> bool) -> Option<Rehomed> {
    let rest = below(path, here.next())?;
    let (folder, name) = rest.rsplit_once('/')?;
    let next = there.next();
    let Some(section) = sections::of_folder(folder) else {
        return Some(Rehomed { path: format!("{next}/{folder}/{name}"), note: None });
    };
    // A branch that is older than the underscores has the folder with spaces, and only that.
    let spellings = [sections::folder(section), sections::legacy_folder(section)];
    let known = spellings.iter().find(|folder| has_folder(&format!("{next}/{folder}")));
    let note = known.is_none().then(|| format!("the branch has no folder for the section {section} yet"));
    let folder = known.unwrap_or(&spellings[0]);
    Some(Rehomed { path: format!("{next}/{folder}/{name}"), note })
}

/// The place of any other style's fragment: the same name, in the folder of the news there.
pub fn plain(path: &str, here: &dyn Style, there: &dyn Style) -> Option<Rehomed> {
    let rest = below(path, here.directory())?;
    Some(Rehomed { path: super::within(there.directory(), rest), note: None })
}

#[cfg(test)]
mod tests {
    use super::{Rehomed, blurb};
    use crate::news::blurb::Blurb;

    #[test]
    fn the_folder_is_that_of_the_other_branch() {
        let style = Blurb::default();
        let path = "Misc/NEWS.d/next/Core_and_Builtins/2026-01-01.gh-issue-123456.abcdef.rst";
        let to = |folders: &[&str]| {
            blurb(path, &style, &style, &|folder| folders.contains(&folder))
                .map(|Rehomed { path, note }| (path, note.is_some()))
        };
        assert_eq!(to(&["Misc/NEWS.d/next/Core_and_Builtins"]), Some((path.to_owned(), false)));
        let legacy = path.replace("Core_and_Builtins", "Core and Builtins");
        assert_eq!(to(&["Misc/NEWS.d/next/Core and Builtins"]), Some((legacy, false)));
        assert_eq!(to(&[]), Some((path.to_owned(), true)));
        assert_eq!(blurb("Lib/spam.py", &style, &style, &|_| true), None);
    }
}
