//! How fresh a large floor is and what that costs, in real time: 100 queues, 2,000 agents, 1,000
//! sessions. A binary of its own, so that no other test takes the time that is measured.

#[cfg(test)]
#[path = "support/checked.rs"]
mod checked;
#[cfg(test)]
#[path = "freshness/measure.rs"]
mod measure;
#[cfg(test)]
#[path = "support/schema.rs"]
mod schema;
#[cfg(test)]
#[path = "support/simulated.rs"]
#[expect(dead_code, reason = "what only the simulator's own tests use")]
mod simulated;
#[cfg(test)]
#[path = "support/site.rs"]
#[expect(dead_code, reason = "what only tests of handoffs and trouble use")]
mod site;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::measure::Measured;

    /// Every change of a session is on the floor so soon.
    const FRESH: Duration = Duration::from_secs(6);
    /// Requests a minute (SPEC section 4 aims below this).
    const BUDGET: f64 = 60.0;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_large_floor_is_fresh_within_its_budget() {
        let measured = Measured::over(Duration::from_secs(25)).await;
        assert!(measured.changes > 50, "a floor that moves: {measured}");
        assert!(measured.slowest <= FRESH, "{measured}");
        assert!(measured.a_minute() <= BUDGET, "{measured}");
    }

    /// Three minutes: `cargo test --test freshness -- --ignored --nocapture`. The figures are printed.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    #[ignore = "takes three minutes"]
    async fn a_large_floor_stays_fresh_for_three_minutes() {
        let measured = Measured::over(Duration::from_secs(180)).await;
        println!("{measured}");
        assert!(measured.slowest <= FRESH, "{measured}");
        assert!(measured.a_minute() <= BUDGET, "{measured}");
        // Sixty seconds, both ends included, can hold a thirteenth round of the four live queries.
        assert!(f64::from(measured.busiest) <= BUDGET + 4.0, "in any sixty seconds: {measured}");
    }
}
