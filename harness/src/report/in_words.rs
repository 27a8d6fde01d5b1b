//! In what a trial is not as expected, in the words of its messages: what it differs in from one that is, or that differs otherwise.
//! Pure.

use super::{MessagesReport, TrialReport};

/// Differences that are told of one trial beside another; the trial itself has more.
#[cfg(feature = "cli")]
const TOLD: usize = 5;

impl TrialReport {
    /// The first in which its messages are not what was expected; none where they are, or nothing says how they are decoded.
    #[must_use]
    pub(crate) fn differs_in(&self) -> Option<String> {
        let messages = self.received().find(|messages| !messages.differences.is_empty())?;
        messages.differences.first().map(|first| format!("{}{}", self.on(messages), first.says))
    }

    /// The messages of its connections.
    fn received(&self) -> impl Iterator<Item = &MessagesReport> {
        self.messages.iter().filter(|messages| messages.connection.is_some())
    }

    /// `connection 2, `, where there are several.
    fn on(&self, messages: &MessagesReport) -> String {
        match messages.connection {
            Some(connection) if self.expected.len() > 1 => format!("connection {connection}, "),
            _ => String::new(),
        }
    }
}

/// What commands say that hold reports against each other.
#[cfg(feature = "cli")]
impl TrialReport {
    /// All in which its messages are not what was expected, as far as it is told.
    #[must_use]
    pub(crate) fn in_words(&self) -> Vec<String> {
        let told = self.received().flat_map(|messages| {
            let said = messages.differences.iter();
            said.map(|difference| format!("{}{}", self.on(messages), difference.says))
        });
        let mut told: Vec<String> = told.collect();
        let more = told.len().saturating_sub(TOLD) + self.received().map(|messages| messages.more).sum::<usize>();
        told.truncate(TOLD);
        told.extend((more > 0).then(|| format!("and {more} more")));
        told
    }

    /// Digests of all in which its messages are not what was expected; none where there are no messages, or of a report that has none.
    #[must_use]
    pub(crate) fn wrong_messages(&self) -> Option<Vec<(Option<usize>, &str)>> {
        let wrong = self.received().filter(|messages| !messages.differences.is_empty());
        let wrong: Option<Vec<_>> = wrong.map(|messages| Some((messages.connection, messages.wrong.as_deref()?))).collect();
        wrong.filter(|wrong| !wrong.is_empty())
    }

    /// Whether its octets count only as messages.
    #[must_use]
    pub(crate) fn is_judged_by_messages(&self) -> bool {
        !self.expected.is_empty() && self.expected.iter().all(|expected| expected.anything)
    }
}
