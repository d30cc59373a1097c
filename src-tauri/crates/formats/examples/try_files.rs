//! throwaway
#![allow(clippy::unwrap_used, reason = "x")]
use std::path::Path;
#[tokio::main]
async fn main() {
    let mut args = std::env::args().skip(1);
    let reader = args.next().unwrap();
    let show = std::env::var("SHOW").is_ok();
    for p in args {
        let path = Path::new(&p);
        let t = std::time::Instant::now();
        let r = match formats::open(path, &formats::Limits::default()) {
            Err(e) => Err(e),
            Ok(b) => {
                formats::worker::Confined::new(reader.clone(), vec![], std::time::Duration::from_secs(30))
                    .read(b, &formats::display_name(path))
                    .await
            }
        };
        let ms = t.elapsed().as_millis();
        match r {
            Ok(r) => {
                println!("OK\t{}\t{}\t{}\t{:?}\t{}ms\t{}", r.format, r.text.expose().len(), r.fields.len(), r.notes, ms, p);
                if show {
                    println!("{}", r.text.expose());
                    for f in &r.fields {
                        println!("  {} {:?} {}", f.entity.name(), f.span.of(r.text.expose()), f.source.label());
                    }
                }
            }
            Err(e) => println!("ERR\t{}\t{}\t\t\t{}ms\t{}", e.code(), e, ms, p),
        }
    }
}
