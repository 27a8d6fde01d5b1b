//! A browser, driven by the WebDriver protocol.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, OnceLock};

use samewire::report::Report;
use samewire::view::html::render;
use serde_json::{Value, json};
use tempfile::TempDir;

/// Seconds, longer than anything here takes; reaching it is a failure.
const PATIENCE: u64 = 60;

/// How a protocol's answer names an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

const FLAGS: [&str; 9] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1280,900",
];

/// Keys, as the protocol writes them.
pub(crate) const ENTER: &str = "\u{e007}";
pub(crate) const ESCAPE: &str = "\u{e00c}";
pub(crate) const END: &str = "\u{e010}";
pub(crate) const LEFT: &str = "\u{e012}";
pub(crate) const RIGHT: &str = "\u{e014}";
pub(crate) const DOWN: &str = "\u{e015}";

/// The program that drives browsers; one for all tests.
pub(crate) struct Driver {
    process: Mutex<Child>,
    address: String,
    browser: PathBuf,
}

/// A page of a report in a browser of its own.
pub(crate) struct Page<'a> {
    driver: &'a Driver,
    session: String,
    address: String,
    _folder: TempDir,
}

impl Driver {
    /// Starts it, when first asked for.
    pub(crate) fn get() -> Result<&'static Self, String> {
        started().get_or_init(Self::start).as_ref().map_err(Clone::clone)
    }

    pub(crate) fn stop() {
        if let Some(Ok(driver)) = started().get() {
            let mut process = driver.process.lock().expect("the driver");
            process.kill().expect("the driver ends");
            process.wait().expect("the driver has ended");
        }
    }

    fn start() -> Result<Self, String> {
        let program = |names: &[&str]| {
            let found = names.iter().find_map(|name| which::which(name).ok());
            found.ok_or_else(|| format!("{} is not on PATH; install with: apt-get install chromium-driver", names.join(" or ")))
        };
        let browser = program(&["chromium", "google-chrome"])?;
        let mut driver = Command::new(program(&["chromedriver"])?);
        let mut process = driver.arg("--port=0").stdout(Stdio::piped()).spawn().expect("chromedriver starts");
        let said = BufReader::new(process.stdout.take().expect("its stdout")).lines().map_while(Result::ok);
        let port =
            said.filter_map(|line| Some(line.split_once("successfully on port ")?.1.trim_end_matches('.').to_owned())).next();
        let address = format!("http://127.0.0.1:{}", port.expect("a port"));
        Ok(Self { process: Mutex::new(process), address, browser })
    }

    /// Opens the page of a report; `place` is what stands behind its name in the address.
    #[track_caller]
    pub(crate) fn open(&self, report: &Report, place: &str) -> Page<'_> {
        self.open_page(&render(report).expect("a page"), place)
    }

    /// Opens this page.
    #[track_caller]
    pub(crate) fn open_page(&self, text: &str, place: &str) -> Page<'_> {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("page.html");
        fs::write(&file, text).expect("a file");
        let page = Page {
            driver: self,
            session: self.session(folder.path()),
            address: format!("file://{}", file.display()),
            _folder: folder,
        };
        page.go(place);
        page
    }

    #[track_caller]
    fn session(&self, folder: &Path) -> String {
        let flags: Vec<String> = FLAGS
            .iter()
            .map(|flag| (*flag).into())
            .chain([format!("--user-data-dir={}", folder.join("profile").display())])
            .collect();
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "goog:chromeOptions": { "args": flags, "binary": self.browser },
            "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
            "timeouts": { "script": PATIENCE * 1000 },
            "unhandledPromptBehavior": "ignore",
        }}});
        self.ask("POST", "/session", &wanted)["sessionId"].as_str().expect("a session").to_owned()
    }

    #[track_caller]
    fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        let request = minreq::Request::new(minreq::Method::Custom(method.into()), format!("{}{path}", self.address));
        let request = if method == "POST" { request.with_body(body.to_string()) } else { request };
        let answer = request.with_timeout(PATIENCE).send().expect("an answer");
        let mut value: Value = serde_json::from_slice(answer.as_bytes()).expect("JSON");
        assert!(answer.status_code == 200, "{method} {path} {body}: {value:#}");
        value["value"].take()
    }
}

impl Page<'_> {
    #[track_caller]
    pub(crate) fn go(&self, place: &str) {
        self.post("url", json!({ "url": format!("{}{place}", self.address) }));
        self.rest();
    }

    #[track_caller]
    pub(crate) fn refresh(&self) {
        self.post("refresh", json!({}));
        self.rest();
    }

    #[track_caller]
    pub(crate) fn back(&self) {
        self.post("back", json!({}));
    }

    /// What a script returns.
    #[track_caller]
    pub(crate) fn run(&self, script: &str) -> Value {
        self.post("execute/sync", json!({ "script": script, "args": [] }))
    }

    /// Waits until the page has opened, or said why not, and has inflated what it was asked for.
    #[track_caller]
    fn rest(&self) {
        self.until("!document.querySelector('.busy, #state:not(.problem)')");
    }

    /// Waits until something holds.
    #[track_caller]
    pub(crate) fn until(&self, condition: &str) {
        let script =
            format!("const done = arguments[0]; (function look() {{ ({condition}) ? done() : requestAnimationFrame(look) }})()");
        self.post("execute/async", json!({ "script": script, "args": [] }));
    }

    /// The text of the first element, as it is seen.
    #[track_caller]
    pub(crate) fn text(&self, css: &str) -> String {
        let element = self.element(css);
        self.get(&format!("element/{element}/text")).as_str().expect("a text").to_owned()
    }

    #[track_caller]
    pub(crate) fn click(&self, css: &str) {
        let element = self.element(css);
        self.post(&format!("element/{element}/click"), json!({}));
        self.rest();
    }

    #[track_caller]
    pub(crate) fn type_into(&self, css: &str, text: &str) {
        let element = self.element(css);
        self.post(&format!("element/{element}/value"), json!({ "text": text }));
        self.rest();
    }

    /// Presses keys wherever the focus is.
    #[track_caller]
    pub(crate) fn press(&self, keys: &str) {
        let focused = self.get("element/active")[ELEMENT].as_str().expect("a focus").to_owned();
        self.post(&format!("element/{focused}/value"), json!({ "text": keys }));
        self.rest();
    }

    /// The role and the name of all that a screen reader comes by.
    #[track_caller]
    pub(crate) fn read_aloud(&self) -> Vec<(String, String)> {
        let tree = self.tool("Accessibility.getFullAXTree", json!({}));
        let nodes = tree["nodes"].as_array().expect("nodes").iter().filter(|node| node["ignored"] == false);
        let text = |value: &Value| value["value"].as_str().unwrap_or_default().to_owned();
        nodes.map(|node| (text(&node["role"]), text(&node["name"]))).collect()
    }

    /// A method of the browser's own tools.
    #[track_caller]
    pub(crate) fn tool(&self, method: &str, parameters: Value) -> Value {
        self.post("goog/cdp/execute", json!({ "cmd": method, "params": parameters }))
    }

    /// Nothing was asked for but the page itself, and nothing was wrong.
    #[track_caller]
    pub(crate) fn assert_quiet(&self) {
        let said = self.post("se/log", json!({ "type": "browser" }));
        assert_eq!(said, json!([]), "the console");
        let events = self.post("se/log", json!({ "type": "performance" }));
        let events = events.as_array().expect("events").iter().filter_map(|event| event["message"].as_str());
        let events = events.map(|event| serde_json::from_str::<Value>(event).expect("JSON")["message"].take());
        // The browser's own start page asks for things of its own.
        let of_page = |event: &Value| event["params"]["documentURL"].as_str().is_some_and(|url| url.starts_with(&self.address));
        let requests = events.filter(|event| event["method"] == "Network.requestWillBeSent" && of_page(event));
        let asked: Vec<String> = requests.map(|event| event["params"]["request"]["url"].to_string().replace('"', "")).collect();
        assert!(!asked.is_empty(), "the page itself is a request");
        assert!(asked.iter().all(|url| url.starts_with(&self.address)), "{asked:?}");
    }

    #[track_caller]
    fn element(&self, css: &str) -> String {
        let found = self.post("element", json!({ "using": "css selector", "value": css }));
        found[ELEMENT].as_str().expect("an element").to_owned()
    }

    #[track_caller]
    fn get(&self, command: &str) -> Value {
        self.driver.ask("GET", &format!("/session/{}/{command}", self.session), &Value::Null)
    }

    #[track_caller]
    fn post(&self, command: &str, body: Value) -> Value {
        self.driver.ask("POST", &format!("/session/{}/{command}", self.session), &body)
    }
}

impl Drop for Page<'_> {
    fn drop(&mut self) {
        // Also where a test has failed, or its browser would be left.
        self.driver.ask("DELETE", &format!("/session/{}", self.session), &Value::Null);
    }
}

fn started() -> &'static OnceLock<Result<Driver, String>> {
    static STARTED: OnceLock<Result<Driver, String>> = OnceLock::new();
    &STARTED
}
