//! What stands in the names of clients and trials: `client[@variant][+profile]`. Pure.

/// The folder's name in the name of a client: `netcat` of `netcat@ncat`.
#[must_use]
pub fn folder_of(name: &str) -> &str {
    name.split_once('@').map_or(name, |(folder, _)| folder)
}

/// The client that is asked for, without a profile: `netcat@ncat` of `netcat@ncat+c-locale`.
pub(crate) fn client_of(asked: &str) -> &str {
    asked.split_once('+').map_or(asked, |(client, _)| client)
}

/// The profile that is asked for, where one is.
pub(crate) fn profile_of(asked: &str) -> Option<&str> {
    asked.split_once('+').map(|(_, profile)| profile)
}
