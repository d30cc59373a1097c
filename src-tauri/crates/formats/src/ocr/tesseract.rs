//! Tesseract on one page. <https://tesseract-ocr.github.io/tessdoc/Command-Line-Usage.html>

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use image::GrayImage;
use image::imageops::{rotate90, rotate180, rotate270};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;

use super::tsv::{Word, words};
use super::{Page, RECOGNIZE, UNCERTAIN};
use crate::ReadError;

/// How long a page may take.
pub(super) const TIME: Duration = Duration::from_secs(120);

/// Longest answer that is taken, in bytes. A page of small print has 200 KiB.
const ANSWER: u64 = 16 << 20;

/// What is installed, and the program of ours that becomes it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tesseract<'a> {
    pub program: &'a Path,
    pub exe: &'a Path,
    pub args: &'a [String],
}

impl Tesseract<'_> {
    /// The words of a page in reading order, their places in pixels of its source.
    pub async fn read(&self, page: Page) -> Result<Vec<Word>, ReadError> {
        let source = page.source;
        let upright = GrayImage::from_raw(page.width, page.height, page.pixels).ok_or(ReadError::Worker)?;
        let size = upright.dimensions();
        let mut best = self.words(&upright, "3").await?;
        if sureness(&best) < UNCERTAIN {
            // Either it lies on its side or its head, or it has no layout, as a picture of one line.
            let turned = self.turn(&upright).await;
            let again = match turn(&upright, turned) {
                Some(turned_page) => {
                    let (width, height) = turned_page.dimensions();
                    let mut words = self.words(&turned_page, "3").await.unwrap_or_default();
                    words.iter_mut().for_each(|word| word.place = turned_back(word.place, turned, width, height));
                    words
                }
                None => self.words(&upright, "6").await.unwrap_or_default(),
            };
            if sureness(&again) > sureness(&best) {
                best = again;
            }
        }
        for word in &mut best {
            let [left, top, right, bottom] = word.place;
            let across = |x: u32, up: bool| scaled(x, size.0, source.0, up);
            let down = |y: u32, up: bool| scaled(y, size.1, source.1, up);
            word.place = [across(left, false), down(top, false), across(right, true), down(bottom, true)];
        }
        Ok(best)
    }

    async fn words(&self, page: &GrayImage, layout: &str) -> Result<Vec<Word>, ReadError> {
        let answer = self.run(page, &["--psm", layout, "-l", "eng", "-c", "tessedit_create_tsv=1"]).await?;
        words(&answer, page.width(), page.height()).map_err(|_| ReadError::Worker)
    }

    /// By how many degrees, clockwise, a page has to be turned; 0 where Tesseract does not say.
    async fn turn(&self, page: &GrayImage) -> u32 {
        let answer = self.run(page, &["--psm", "0", "-l", "osd"]).await.unwrap_or_default();
        let answer = String::from_utf8_lossy(&answer);
        let turn = answer.lines().find_map(|line| line.strip_prefix("Rotate: "));
        turn.and_then(|degrees| degrees.trim().parse().ok()).unwrap_or_default()
    }

    /// What it writes about a page. The process ends with the call, also when the call is dropped.
    async fn run(&self, page: &GrayImage, options: &[&str]) -> Result<Vec<u8>, ReadError> {
        tokio::time::timeout(TIME, self.converse(page, options)).await.unwrap_or(Err(ReadError::Timeout))
    }

    async fn converse(&self, page: &GrayImage, options: &[&str]) -> Result<Vec<u8>, ReadError> {
        let mut command = if cfg!(unix) {
            let mut command = Command::new(self.exe);
            command.args(self.args).arg(RECOGNIZE).arg(self.program);
            command
        } else {
            Command::new(self.program)
        };
        command.args(["stdin", "stdout"]).args(options).env_clear().env("OMP_THREAD_LIMIT", "1");
        command.envs(["TESSDATA_PREFIX", "SystemRoot"].iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
        let mut child = command.spawn().map_err(|_| ReadError::Worker)?;
        let (Some(mut input), Some(output)) = (child.stdin.take(), child.stdout.take()) else { return Err(ReadError::Worker) };
        let head = format!("P5\n{} {}\n255\n", page.width(), page.height());
        // Where it refuses early, its end counts and not the broken pipe.
        let write = async move {
            if input.write_all(head.as_bytes()).await.is_ok() {
                let _ = input.write_all(page.as_raw()).await;
            }
        };
        let mut answer = Vec::new();
        let mut output = output.take(ANSWER);
        let ((), heard) = tokio::join!(write, output.read_to_end(&mut answer));
        heard.map_err(|_| ReadError::Worker)?;
        // One that is cut may still have more to say, and waits.
        if answer.len() as u64 == ANSWER {
            return Err(ReadError::Worker);
        }
        let status = child.wait().await.map_err(|_| ReadError::Worker)?;
        status.success().then_some(answer).ok_or(ReadError::Worker)
    }
}

/// How sure Tesseract is of a page, in percent, by letters; 0 where there is none.
fn sureness(words: &[Word]) -> f32 {
    let letters = |word: &Word| word.text.chars().count() as f32;
    let all: f32 = words.iter().map(letters).sum();
    if all > 0.0 { words.iter().map(|word| letters(word) * word.confidence).sum::<f32>() / all } else { 0.0 }
}

fn turn(page: &GrayImage, degrees: u32) -> Option<GrayImage> {
    match degrees {
        90 => Some(rotate90(page)),
        180 => Some(rotate180(page)),
        270 => Some(rotate270(page)),
        _ => None,
    }
}

/// A place on a page of this size before the page was turned.
fn turned_back([left, top, right, bottom]: [u32; 4], degrees: u32, width: u32, height: u32) -> [u32; 4] {
    match degrees {
        90 => [top, width - right, bottom, width - left],
        180 => [width - right, height - bottom, width - left, height - top],
        _ => [height - bottom, left, height - top, right],
    }
}

/// A coordinate on another scale, rounded outwards.
fn scaled(at: u32, from: u32, to: u32, up: bool) -> u32 {
    let (product, from) = (u64::from(at) * u64::from(to), u64::from(from.max(1)));
    let scaled = if up { product.div_ceil(from) } else { product / from };
    u32::try_from(scaled).unwrap_or(to).min(to)
}

#[cfg(test)]
mod tests {
    use image::Luma;

    use super::*;

    #[test]
    fn places_on_a_turned_page_lead_back_to_the_same_pixels() {
        let mut page = GrayImage::from_pixel(40, 30, Luma([255]));
        let place = [3, 5, 10, 9];
        (place[0]..place[2]).for_each(|x| (place[1]..place[3]).for_each(|y| page.put_pixel(x, y, Luma([0]))));
        for degrees in [90, 180, 270] {
            let turned = turn(&page, degrees).unwrap();
            let black = || turned.enumerate_pixels().filter(|(_, _, pixel)| pixel.0 == [0]);
            let (across, down) = (|| black().map(|(x, _, _)| x), || black().map(|(_, y, _)| y));
            let found = [across().min().unwrap(), down().min().unwrap(), across().max().unwrap() + 1, down().max().unwrap() + 1];
            assert_eq!(turned_back(found, degrees, turned.width(), turned.height()), place, "{degrees}");
        }
        assert_eq!((scaled(5, 10, 5, false), scaled(5, 10, 5, true), scaled(10, 10, 5, true)), (2, 3, 5));
    }
}
