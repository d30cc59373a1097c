//! Drops a file on a window as a file browser does: the XDND protocol, version 5 (freedesktop.org, "Drag-and-Drop Protocol for
//! the X Window System").

use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};

use x11rb::CURRENT_TIME;
use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::*;
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

type Outcome<T> = Result<T, Box<dyn Error>>;

struct Source {
    x: RustConnection,
    root: Window,
    own: Window,
    target: Window,
    data: Vec<u8>,
    uri_list: Atom,
}

/// Drops the files in the middle of the only window on the display that takes drops. Returns when it took them.
pub fn drop_files(paths: &[&Path]) -> Outcome<()> {
    let (x, screen) = x11rb::connect(None)?;
    let root = x.setup().roots.get(screen).ok_or("no such screen")?.root;
    let aware = atom(&x, "XdndAware")?;
    let target = find(&x, root, aware)?.ok_or("no window takes drops")?;
    let own = x.generate_id()?;
    x.create_window(0, own, root, 0, 0, 1, 1, 0, WindowClass::INPUT_OUTPUT, 0, &CreateWindowAux::new())?;
    let data: String = paths.iter().map(|path| format!("file://{}\r\n", percent(&path.to_string_lossy()))).collect();
    let uri_list = atom(&x, "text/uri-list")?;
    x.set_selection_owner(own, atom(&x, "XdndSelection")?, CURRENT_TIME)?;
    Source { x, root, own, target, data: data.into_bytes(), uri_list }.perform()
}

impl Source {
    fn perform(&self) -> Outcome<()> {
        let size = self.x.get_geometry(self.target)?.reply()?;
        let at = self.x.translate_coordinates(self.target, self.root, size.width as i16 / 2, size.height as i16 / 2)?.reply()?;
        let place = (at.dst_x as u32) << 16 | at.dst_y as u32;
        let copy = atom(&self.x, "XdndActionCopy")?;
        self.tell("XdndEnter", [self.own, 5 << 24, self.uri_list, 0, 0])?;
        let accepted = atom(&self.x, "XdndStatus")?;
        // The first position makes the target ask for the data; it accepts once it has looked at them.
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            self.tell("XdndPosition", [self.own, 0, place, CURRENT_TIME, copy])?;
            let status = self.wait(accepted, Duration::from_millis(500))?;
            if status.is_some_and(|data| data[1] & 1 == 1) {
                break;
            }
            if Instant::now() > deadline {
                return Err("the window did not accept the drop".into());
            }
        }
        // The webview looks at the data while the pointer moves; a drop at once would come before it knows them.
        for _ in 0..5 {
            self.tell("XdndPosition", [self.own, 0, place, CURRENT_TIME, copy])?;
            self.wait(accepted, Duration::from_millis(200))?;
        }
        self.tell("XdndDrop", [self.own, 0, CURRENT_TIME, 0, 0])?;
        let finished = atom(&self.x, "XdndFinished")?;
        self.wait(finished, Duration::from_secs(10))?.map(drop).ok_or_else(|| "the window did not finish the drop".into())
    }

    fn tell(&self, message: &str, data: [u32; 5]) -> Outcome<()> {
        let event = ClientMessageEvent::new(32, self.target, atom(&self.x, message)?, data);
        self.x.send_event(false, self.target, EventMask::NO_EVENT, event)?;
        Ok(self.x.flush()?)
    }

    /// Waits for a message of the target, and meanwhile hands out the data.
    fn wait(&self, message: Atom, at_most: Duration) -> Outcome<Option<[u32; 5]>> {
        let deadline = Instant::now() + at_most;
        while Instant::now() < deadline {
            match self.x.poll_for_event()? {
                Some(Event::ClientMessage(event)) if event.type_ == message => return Ok(Some(event.data.as_data32())),
                Some(Event::SelectionRequest(request)) => self.answer(&request)?,
                Some(_) => {}
                None => std::thread::sleep(Duration::from_millis(5)),
            }
        }
        Ok(None)
    }

    fn answer(&self, request: &SelectionRequestEvent) -> Outcome<()> {
        let known = request.target == self.uri_list;
        if known {
            self.x.change_property8(PropMode::REPLACE, request.requestor, request.property, self.uri_list, &self.data)?;
        }
        let event = SelectionNotifyEvent {
            response_type: SELECTION_NOTIFY_EVENT,
            sequence: 0,
            time: request.time,
            requestor: request.requestor,
            selection: request.selection,
            target: request.target,
            property: if known { request.property } else { 0 },
        };
        self.x.send_event(false, request.requestor, EventMask::NO_EVENT, event)?;
        Ok(self.x.flush()?)
    }
}

fn atom(x: &RustConnection, name: &str) -> Outcome<Atom> {
    Ok(x.intern_atom(false, name.as_bytes())?.reply()?.atom)
}

/// The first mapped window, from the top, that says it takes drops.
fn find(x: &RustConnection, window: Window, aware: Atom) -> Outcome<Option<Window>> {
    for child in x.query_tree(window)?.reply()?.children.into_iter().rev() {
        let seen = x.get_window_attributes(child)?.reply()?.map_state == MapState::VIEWABLE;
        if seen && x.get_property(false, child, aware, AtomEnum::ANY, 0, 1)?.reply()?.length > 0 {
            return Ok(Some(child));
        }
        if let Some(found) = find(x, child, aware)? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

fn percent(path: &str) -> String {
    path.bytes()
        .map(|b| if b.is_ascii_alphanumeric() || b"/-_.~".contains(&b) { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect()
}
