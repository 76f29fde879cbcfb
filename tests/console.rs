//! The console by its keys and its screen.

#[path = "support/floor.rs"]
mod floor;
#[path = "support/harness.rs"]
mod harness;

use harness::Harness;

#[test]
fn look() {
    let mut h = Harness::live(80, 24);
    println!("{}", h.screen());
    println!("{}", h.press("h").screen());
    println!("{}", h.press("enter").screen());
    println!("{}", h.press("y").screen());
    println!("{}", h.press("1").screen());
    println!("{}", h.press("2").screen());
    println!("{}", h.press("4").screen());
    println!("{}", h.resize(200, 60).screen());
    println!("{}", h.press("?").screen());
}
