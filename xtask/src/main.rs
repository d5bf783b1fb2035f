//! The gate, the generators and the benchmarks.

fn main() {}
