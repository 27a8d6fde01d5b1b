//! The suites that an installed `samewire` has with it.

type File = (&'static str, &'static str);

const WIRE: &[File] = &[
    ("wire/text.toml", include_str!("../../suites/wire/text.toml")),
    ("wire/octets.toml", include_str!("../../suites/wire/octets.toml")),
    ("wire/integers.toml", include_str!("../../suites/wire/integers.toml")),
    ("wire/floats.toml", include_str!("../../suites/wire/floats.toml")),
    ("wire/varints.toml", include_str!("../../suites/wire/varints.toml")),
    ("wire/frames.toml", include_str!("../../suites/wire/frames.toml")),
    ("wire/blobs.toml", include_str!("../../suites/wire/blobs.toml")),
    ("wire/behaviour.toml", include_str!("../../suites/wire/behaviour.toml")),
    ("wire/answers.toml", include_str!("../../suites/wire/answers.toml")),
    ("wire/faults.toml", include_str!("../../suites/wire/faults.toml")),
];

pub(super) fn names() -> Vec<&'static str> {
    vec!["builtin:wire"]
}

pub(super) fn files(suite: &str) -> Option<&'static [File]> {
    (suite == "wire").then_some(WIRE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_wire_suite_is_built_in() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("suites/wire");
        let mut on_disk: Vec<String> =
            folder.read_dir().unwrap().map(|entry| format!("wire/{}", entry.unwrap().file_name().to_string_lossy())).collect();
        let mut built_in: Vec<String> = WIRE.iter().map(|(path, _)| (*path).to_owned()).collect();
        on_disk.sort();
        built_in.sort();
        assert_eq!(on_disk, built_in);
    }
}
