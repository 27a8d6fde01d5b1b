//! Sends what the cases of this example name, as a program would that uses ureq.

use std::error::Error;
use std::{env, fs};

use serde_json::Value;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [url, case, input] = arguments.as_slice() else {
        return Err("three arguments: URL CASE INPUT".into());
    };
    let given = fs::read_to_string(input)?;
    let notes = format!("http://{url}/notes");
    let post = || ureq::post(&notes).header("Content-Type", "application/json");
    let mut answer = match case.as_str() {
        "notes/post" | "notes/moved" => post().send(given)?,
        "notes/encode" | "notes/encode-long" => {
            let note: Value = serde_json::from_str(&given)?;
            post().send(note.to_string())?
        }
        "notes/header" => ureq::get(&notes).header("X-Author", given).call()?,
        _ => ureq::get(format!("http://{url}{given}")).call()?,
    };
    print!("{}", answer.body_mut().read_to_string()?);
    Ok(())
}
