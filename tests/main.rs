//! Tests of the whole product, below the window. `e2e/` drives the window itself.

mod app;
mod boundaries;
mod cases;
mod export;
mod fail_closed;
mod imports;
mod no_leak;
mod taxonomy;
