//! The folders of `examples/`, each run as its README says; the clients whose libraries come from a registry are run by `ci/slow`.

mod http;
mod mqtt;
mod page;
mod redis;
mod support;
mod tls;
