//! Ids in one line of text, as controls, sessions and the command line hold them.

/// An id as it stands in a list: in quotation marks, those inside it doubled, where it could be taken for something else.
pub fn listed(id: &str) -> String {
    if id.contains([',', '"', '\n', '\r']) || id.trim() != id || id.is_empty() {
        format!("\"{}\"", id.replace('"', "\"\""))
    } else {
        id.to_owned()
    }
}

/// Ids in one line, with commas between them: what [`split`] reads.
pub fn joined<'a>(ids: impl IntoIterator<Item = &'a str>) -> String {
    ids.into_iter().map(listed).collect::<Vec<_>>().join(", ")
}

/// The ids of a list, as [`joined`] writes them or as people type them: blanks around an id do not count, empty ones
/// are none, and quotation marks count where an id begins with them.
pub fn split(text: &str) -> Vec<String> {
    let (mut ids, mut id) = (Vec::new(), String::new());
    let (mut quoted, mut was_quoted) = (false, false);
    let mut letters = text.chars().peekable();
    let mut take = |id: &mut String, was_quoted: bool| {
        let found = if was_quoted { id.clone() } else { id.trim().to_owned() };
        id.clear();
        if was_quoted || !found.is_empty() {
            ids.push(found);
        }
    };
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.next_if_eq(&'"').is_some() => id.push('"'),
            '"' if quoted => quoted = false,
            '"' if id.trim().is_empty() && !was_quoted => {
                id.clear();
                (quoted, was_quoted) = (true, true);
            }
            ',' if !quoted => {
                take(&mut id, was_quoted);
                was_quoted = false;
            }
            // Between a closing quotation mark and the comma.
            blank if was_quoted && !quoted && blank.is_whitespace() => {}
            letter => id.push(letter),
        }
    }
    take(&mut id, was_quoted);
    ids
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn ids_are_joined_and_split_again(ids in prop::collection::vec(any::<String>(), 0..5)) {
            prop_assert_eq!(split(&joined(ids.iter().map(String::as_str))), ids);
        }

        #[test]
        fn so_are_those_with_what_lists_are_made_of(ids in prop::collection::vec("[a-c,\"= 1\n]{0,6}", 0..5)) {
            prop_assert_eq!(split(&joined(ids.iter().map(String::as_str))), ids);
        }
    }

    #[test]
    fn people_type_ids_as_they_like() {
        assert_eq!(split("1, 2 ,,3"), ["1", "2", "3"]);
        assert_eq!(
            split("the beatles, \"earth, wind & fire\" ,7"),
            ["the beatles", "earth, wind & fire", "7"]
        );
        assert_eq!(split("12\" mix, \"7\"\" mix\""), ["12\" mix", "7\" mix"]);
        assert_eq!(split(""), Vec::<String>::new());
    }
}
