//! A failure as Markdown, for somebody else's issue tracker: who failed at what, why, the picture, and the command that repeats it.
//!
//! Whatever comes from a report stands in a code span or in a fence, where no Markdown or HTML means anything and nobody is mentioned. Each
//! is longer than any run of backticks in it, and a text has no line of its own in a span, so that nothing gets out. What steers or hides is
//! written as escapes.

use crate::printable;
use crate::report::{Report, TrialReport};

/// How lines of an explanation begin that say what stands elsewhere here.
const ELSEWHERE: &str = "repeat it: ";

/// What there is to say of a trial to whoever has to mend it.
#[must_use]
pub fn render(report: &Report, trial: &TrialReport) -> String {
    let [sentence, told @ ..] = &report.told(trial)[..] else { return String::new() };
    let picture: Vec<String> =
        told.iter().filter(|said| !said.starts_with(ELSEWHERE)).map(|said| printable::line(said)).collect();
    let picture = if picture.is_empty() { String::new() } else { format!("{}\n", fence("text", &picture.join("\n"))) };
    format!(
        "### {}: {}\n\n{}\n\n{picture}{}\nTo repeat it with Samewire {}:\n\n{}",
        span(&report.full_name(trial)),
        trial.what(),
        span(sentence),
        facts(report, trial),
        span(&report.samewire),
        fence("sh", &printable::line(&trial.repeat)),
    )
}

/// Who, what, why and where: one item a line.
fn facts(report: &Report, trial: &TrialReport) -> String {
    let client = report.client_of(trial);
    let about = report.cases.iter().find(|case| case.name == trial.case).map(|case| case.about.as_str());
    let version = client.and_then(|client| client.version.as_deref());
    let run = report.runs.get(trial.run);
    let cause = trial.cause();
    // That which decides says it already, unless it is known to fail, say.
    let sentence = cause.map(|cause| cause.sentence.as_str()).filter(|says| !trial.sentence().contains(says));
    let facts = [
        ("Client", vec![Some(trial.client.as_str()), version]),
        ("Case", vec![Some(trial.case.as_str()), about]),
        ("Profile", vec![Some(trial.profile.name()).filter(|name| *name != "default")]),
        ("Cause", vec![cause.map(|cause| cause.name.as_str()), sentence]),
        ("Hint", vec![cause.and_then(|cause| cause.hint.as_deref())]),
        (
            "Ran on",
            run.map(|run| vec![Some(run.os.as_str()), Some(run.arch.as_str()), Some(run.kernel.as_str())]).unwrap_or_default(),
        ),
        ("Suite", run.map(|run| run.suite_versions.iter().map(|version| Some(version.as_str())).collect()).unwrap_or_default()),
        ("Suite's digest", vec![run.map(|run| run.suite.as_str())]),
    ];
    facts.iter().filter_map(|(name, texts)| fact(name, texts)).collect()
}

/// One item; nothing where nothing is known.
fn fact(name: &str, texts: &[Option<&str>]) -> Option<String> {
    let spans: Vec<String> = texts.iter().flatten().filter(|text| !text.trim().is_empty()).map(|text| span(text)).collect();
    (!spans.is_empty()).then(|| format!("- {name}: {}\n", spans.join(", ")))
}

/// Somebody else's text within a line.
fn span(text: &str) -> String {
    let text = printable::line(text);
    let marks = "`".repeat(longest_run(&text) + 1);
    // A blank at each side is taken away again, and parts the text's own backticks from the marks.
    format!("{marks} {text} {marks}")
}

/// Lines of somebody else's text.
fn fence(language: &str, text: &str) -> String {
    let marks = "`".repeat(longest_run(text).max(2) + 1);
    format!("{marks}{language}\n{text}\n{marks}\n")
}

fn longest_run(text: &str) -> usize {
    text.split(|character| character != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_gets_out_of_a_span_or_a_fence() {
        assert_eq!(span("a`b``c"), "``` a`b``c ```");
        assert_eq!(span("a\n# b\u{202e}\u{1b}"), "` a\\n# b\\u{202e}\\u{1b} `");
        assert_eq!(fence("text", "a\n````\n<b>"), "`````text\na\n````\n<b>\n`````\n");
        assert_eq!(fence("sh", "a"), "```sh\na\n```\n");
    }

    #[test]
    fn what_is_not_known_is_left_out() {
        assert_eq!(fact("Client", &[Some("a"), None, Some(" ")]), Some("- Client: ` a `\n".into()));
        assert_eq!(fact("Client", &[None]), None);
    }
}
