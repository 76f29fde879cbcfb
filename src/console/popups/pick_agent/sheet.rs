//! How candidates fill the picker's table.

use super::Row;
use crate::{
    console::{
        theme::Role,
        view::{
            Ctx, agent_fields,
            candidates::missing,
            cells::{held, rank, score, since, status, unknown},
            fields::Passes,
        },
        widgets::grid::{Column, Rank, Sheet},
    },
    domain::{agent::Agent, id::AgentId, query::Field},
};

/// How candidates fill the table.
#[derive(Debug)]
pub struct CandidateSheet;

/// They come ranked, so this is what the table says it is sorted by.
pub const RANK: usize = 1;

impl Sheet for CandidateSheet {
    type Row = Row;
    type Key = AgentId;
    type Cx = Ctx;

    const COLUMNS: &'static [Column] = &[
        Column::number("score", 5, 0).unsorted(),
        Column::number("rank", 5, 0),
        Column::text("agent", 13, 26, 0).unsorted(),
        Column::text("status", 13, 14, 0).unsorted(),
        Column::number("for", 7, 2).unsorted(),
        Column::number("held", 5, 1).unsorted(),
        // The one thing that is missing decides; how long they have been free does not.
        Column::text("fit", 22, 60, 0).unsorted(),
    ];

    const FIELDS: &'static [Field] = &agent_fields::FIELDS;

    fn key(row: &Row) -> AgentId {
        row.agent.clone()
    }

    fn rank(_row: &Row, _column: usize, _cx: &Ctx) -> Option<Rank> {
        // They come ranked; rows that rank equal stay as they came.
        None
    }

    fn cell(row: &Row, column: usize, cx: &Ctx, out: &mut String) -> Role {
        match column {
            0 if row.holds => return unknown(out),
            0 => return score(Some(&row.measured), out),
            RANK => return rank(row.rank, out),
            _ => {}
        }
        let Some(agent) = cx.floor.agent(&row.agent) else { return unknown(out) };
        match column {
            2 => {
                out.push_str(&agent.label());
                Role::Text
            }
            3 => status(agent, out),
            4 => since(agent, cx, out),
            5 => held(agent, out),
            _ => fit(row, agent, cx, out),
        }
    }

    fn text(row: &Row, field: &str, cx: &Ctx, passes: Passes<'_>) -> bool {
        cx.floor.agent(&row.agent).is_some_and(|agent| agent_fields::text(agent, field, cx, passes))
    }

    /// Score and rank are for the session that somebody is chosen for.
    fn number(row: &Row, field: &str, cx: &Ctx) -> Option<f64> {
        match field {
            "score" => row.measured.shown().map(f64::from),
            "rank" => row.rank,
            _ => agent_fields::number(cx.floor.agent(&row.agent)?, field, cx),
        }
    }

    fn faint(row: &Row, _cx: &Ctx) -> bool {
        !row.fits()
    }
}

/// The one thing that is missing, in few words; the gate's full text comes with the refusal.
fn fit(row: &Row, agent: &Agent, cx: &Ctx, out: &mut String) -> Role {
    if row.fits() {
        out.push_str("✓ fits");
        return Role::Good;
    }
    if row.holds {
        out.push_str("has it");
        return Role::Quiet;
    }
    let session = cx.floor.session(&row.session);
    match session.and_then(|session| missing(agent, &row.measured, session, cx)) {
        Some(lack) => out.push_str(&lack),
        None => return unknown(out),
    }
    Role::Quiet
}
