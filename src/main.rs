//! The binary: nothing but the start.

fn main() {}
