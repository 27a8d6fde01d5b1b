//! What a client is given: arguments, environment, and the files that say what to send.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::Path;

use crate::client::placeholders::{PROGRAM, TELLING, filled};
use crate::suite::Input;
use crate::suite::contract::Contract;
use crate::trial::launch::{Program, Stdin};
use crate::trial::setting::Setting;
use crate::trial::setup_error::{SetupError, io};
use crate::trial::tls::TrialTls;
use crate::trial::toolchain::clean_env;

/// The client's arguments, environment and files.
pub(super) fn program(setting: &Setting<'_>, folder: &Path, address: SocketAddr, tls: &TrialTls) -> Result<Program, SetupError> {
    let Setting { client, ready, case, profile, .. } = *setting;
    let (home, temporary) = (folder.join("home"), folder.join("tmp"));
    for made in [&home, &temporary] {
        std::fs::create_dir(made).map_err(io("make the client's folders"))?;
    }
    let mut values: Vec<(&str, OsString)> = vec![
        ("{host}", address.ip().to_string().into()),
        ("{port}", address.port().to_string().into()),
        ("{url}", address.to_string().into()),
        ("{case}", case.name.clone().into()),
    ];
    values.extend(ready.program.iter().map(|program| (PROGRAM, program.clone().into())));
    values.extend(ready.out.iter().map(|out| ("{out}", out.clone().into())));
    values.extend(tls.told.iter().cloned());
    values.extend(told(setting, folder)?);
    let argv = client.run.iter().map(|argument| filled(argument, &values)).collect();
    let mut env = clean_env(&client.into(), &home);
    for (name, value) in &client.env {
        env.insert(name.into(), filled(value, &values));
    }
    if let Some(locale) = profile.locale() {
        env.insert("LC_ALL".into(), locale.into());
    }
    let stdin = match &client.stdin {
        // What is left unfilled is what this case does not have.
        Some(file) if TELLING.iter().any(|name| file.contains(name) && values.iter().all(|value| value.0 != *name)) => {
            Stdin::Empty
        }
        Some(file) => Stdin::File(filled(file, &values).into()),
        None if profile.closes_stdin() => Stdin::Closed,
        None => Stdin::Empty,
    };
    let network = setting.place.network().cloned();
    let binds = setting.place.names(&folder.join("names")).map_err(io("write the names of hosts"))?;
    Ok(Program { argv, folder: client.folder.clone(), env, temporary, stdin, network, binds, ..Program::default() })
}

/// The files that say what to send, written where the client uses them: each placeholder and its path.
fn told(setting: &Setting<'_>, folder: &Path) -> Result<Vec<(&'static str, OsString)>, SetupError> {
    let Setting { client, case, .. } = *setting;
    let plan = case.plan.as_ref().map(|plan| plan.text.as_bytes());
    let input = case.input.as_ref().map(Input::octets);
    let mut values = Vec::new();
    for (placeholder, name, text) in [("{plan}", "plan", plan), ("{input}", "input", input)] {
        let Some(text) = text.filter(|_| client.uses(placeholder)) else { continue };
        let path = folder.join(name);
        if case.contract != Some(Contract::MissingPlan) {
            std::fs::write(&path, text).map_err(io("write what the client is told"))?;
        }
        values.push((placeholder, path.into()));
    }
    Ok(values)
}
