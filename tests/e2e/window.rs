//! The real window under WebKitWebDriver, in a home of its own.

use std::error::Error;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fantoccini::elements::Element;
use fantoccini::{Client, ClientBuilder, Locator};
use serde_json::json;
use tempfile::TempDir;

/// What a test step gives.
pub type Outcome<T> = Result<T, Box<dyn Error>>;

/// A running window.
pub struct AppWindow {
    /// The WebDriver session.
    pub client: Client,
    /// Its home: everything that it writes lies in there.
    pub home: TempDir,
    driver: Child,
}

impl AppWindow {
    /// Starts the app in a new home. There is no keychain in it, so the app asks for a passphrase where none is given.
    pub async fn start(passphrase: Option<&str>) -> Outcome<AppWindow> {
        let home = tempfile::tempdir()?;
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut driver = Command::new("WebKitWebDriver");
        driver
            .arg(format!("--port={port}"))
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .env("HOME", home.path())
            .env("CORDON_HOME", home.path().join("cordon"));
        for name in ["XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"] {
            let folder = home.path().join(name.to_lowercase());
            std::fs::create_dir(&folder)?;
            driver.env(name, folder);
        }
        driver.env("CORDON_PASSPHRASE", passphrase.unwrap_or_default()).env("CORDON_KEYCHAIN", "off");
        let driver = driver.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let options =
            json!({ "browserName": "wry", "webkitgtk:browserOptions": { "binary": env!("CARGO_BIN_EXE_cordon-desktop"), "args": [] } });
        let mut window = ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new());
        window.capabilities(options.as_object().cloned().ok_or("capabilities are an object")?);
        let mut tries = 0;
        let client = loop {
            match window.connect(&format!("http://127.0.0.1:{port}")).await {
                Ok(client) => break client,
                // The driver needs a moment until it listens; everything else is a failure.
                Err(error)
                    if tries > 40
                        || !matches!(
                            error,
                            fantoccini::error::NewSessionError::Lost(_) | fantoccini::error::NewSessionError::FailedC(_)
                        ) =>
                {
                    return Err(error.into());
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(250)).await,
            }
            tries += 1;
        };
        Ok(AppWindow { client, home, driver })
    }

    /// Waits for the element with that test id.
    pub async fn see(&self, id: &str) -> Outcome<Element> {
        self.see_css(&format!("[data-testid={id}]")).await
    }

    /// Waits for an element.
    pub async fn see_css(&self, css: &str) -> Outcome<Element> {
        let found = self.client.wait().at_most(Duration::from_secs(10)).for_element(Locator::Css(css)).await;
        Ok(found.map_err(|error| format!("{css}: {error}"))?)
    }

    /// All elements with that test id that are there now.
    pub async fn all(&self, id: &str) -> Outcome<Vec<Element>> {
        Ok(self.client.find_all(Locator::Css(&format!("[data-testid={id}]"))).await?)
    }

    /// Waits until an element's text satisfies `fits`, and gives the text.
    pub async fn text(&self, id: &str, fits: impl Fn(&str) -> bool) -> Outcome<String> {
        let mut last = String::new();
        for _ in 0..100 {
            if let Ok(element) = self.client.find(Locator::Css(&format!("[data-testid={id}]"))).await
                && let Ok(text) = element.text().await
            {
                if fits(&text) {
                    return Ok(text);
                }
                last = text;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        Err(format!("{id} still says: {last}").into())
    }

    /// Types into a field.
    pub async fn type_into(&self, id: &str, words: &str) -> Outcome<()> {
        self.click(id).await?;
        Ok(self.see(id).await?.send_keys(words).await?)
    }

    /// Clicks; what was only now put into the page has no place in it yet and is clicked a moment later.
    pub async fn click(&self, id: &str) -> Outcome<()> {
        let mut tries = 0;
        loop {
            match self.see(id).await?.click().await {
                Ok(()) => return Ok(()),
                Err(error) if tries > 20 => return Err(format!("{id}: {error}").into()),
                Err(_) => tokio::time::sleep(Duration::from_millis(200)).await,
            }
            tries += 1;
        }
    }

    /// Keeps a picture of the window where `CORDON_SHOTS` names a folder.
    pub async fn picture(&self, name: &str) -> Outcome<()> {
        if let Some(folder) = std::env::var_os("CORDON_SHOTS") {
            std::fs::create_dir_all(&folder)?;
            std::fs::write(Path::new(&folder).join(format!("{name}.png")), self.client.screenshot().await?)?;
        }
        Ok(())
    }

    /// Closes the window, and waits until its process is gone: the next window has the screen for itself.
    pub async fn close(self) -> Outcome<()> {
        self.client.clone().close().await?;
        for _ in 0..50 {
            if self.processes().is_empty() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Err("the app did not end with its window".into())
    }

    /// The processes that the driver started: the app.
    pub fn processes(&self) -> Vec<String> {
        let driver = self.driver.id();
        let children = std::fs::read_to_string(format!("/proc/{driver}/task/{driver}/children")).unwrap_or_default();
        children.split_whitespace().map(str::to_owned).collect()
    }
}

impl Drop for AppWindow {
    /// Also after a failed test no window stays on the screen.
    fn drop(&mut self) {
        for process in self.processes() {
            drop(Command::new("kill").args(["-9", &process]).status());
        }
        drop(self.driver.kill());
        drop(self.driver.wait());
    }
}
